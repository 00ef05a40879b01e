FREE_FIELDS = ("id", "latin", "name_en")
PAID = {"PRO", "ULTRA", "MEGA"}


def view(plant, tier):
    if tier in PAID:
        return plant
    return {k: plant[k] for k in FREE_FIELDS}


def may_filter(tier):
    return tier.upper() not in ("BASIC", "FREE")


def page_size(tier):
    if tier == "BASIC":
        return 10
    return 50
