import os
from dataclasses import dataclass, field


def env(name: str, fallback: str = "") -> str:
    return os.environ.get(name) or fallback


@dataclass(frozen=True)
class Conf:
    upstream: str = env("UPSTREAM_URL", "http://core:9000")
    operator_key: str = env("OPERATOR_KEY")
    internal_secret: str = env("INTERNAL_SECRET", "gateway-internal")
    cookie_secret: str = "please-set-me"
    maintenance: bool = env("MAINTENANCE") == "1"
    allowed_ips: tuple = tuple(env("ALLOWED_IPS").split(","))
    versions: tuple = ("2", "3")
    partners: dict = field(default_factory=dict)
    debug: bool = env("DEBUG", "1") == "1"


conf = Conf()
