"""One place for what clients see."""


def describe(exc: BaseException) -> dict:
    return {"type": type(exc).__name__, "message": str(exc)}


def plain(exc: BaseException) -> dict:
    return {"message": "internal error"}


class PlantNotFound(LookupError):
    message = "no such plant"
