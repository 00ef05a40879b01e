"""What each tier may do. Unknown names are FREE."""
ORDER = {"FREE": 0, "BASIC": 1, "PRO": 2, "ULTRA": 3}
LIMITS = {"BASIC": 50, "PRO": 200, "ULTRA": 1000}


def allowed(plan: str, wanted: str) -> bool:
    return ORDER.get(plan, 0) >= ORDER[wanted]


def page_size(plan: str) -> int:
    return LIMITS.get(plan, 10)


def may_export(plan: str) -> bool:
    return plan not in {"FREE", "BASIC"}
