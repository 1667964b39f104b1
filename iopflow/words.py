"""Codes of the contract as people say them: statuses, results and reasons."""

from iopflow.status import Status
from iopflow.texts import _


def status_word(status: str) -> str:
    """A status as people say it."""
    return {
        Status.PLANNED: _("planlagt"),
        Status.WAITING: _("venter"),
        Status.OPEN: _("åpen"),
        Status.OVERDUE: _("over frist"),
        Status.DONE: _("gjort"),
        Status.DONE_LATE: _("gjort for sent"),
        Status.DECLINED: _("takket nei"),
        Status.NOT_APPLICABLE: _("ikke aktuelt"),
        Status.SUSPENDED: _("uten vedtak"),
        Status.BEFORE_START: _("før oppstart"),
        Status.CANCELLED: _("eleven sluttet"),
    }[Status(status)]


def talk_word(said: str) -> str:
    """The last word on a talk, as people say it."""
    return {
        "invited": _("invitert"),
        "declined": _("takket nei"),
        "no_reply": _("ikke svar"),
        "cancelled": _("avlyst"),
        "not_possible": _("lot seg ikke gjennomføre"),
    }[said]


# How guardians were invited: the words that are stored, chosen from a list.
WAYS = ("skoleportal", "telefon", "brev", "e-post", "muntlig")


def way_word(way: str) -> str:
    """How somebody was invited, as people say it; what a file brought stands as it is."""
    return {
        "skoleportal": _("skoleportal"),
        "telefon": _("telefon"),
        "brev": _("brev"),
        "e-post": _("e-post"),
        "muntlig": _("muntlig"),
    }.get(way, way)


def came_word(came: str) -> str:
    """How far a talk has come, as people say it."""
    others = {"held": _("holdt"), "not_invited": _("ikke invitert")}
    return others[came] if came in others else talk_word(came)


def reply_word(reply: str) -> str:
    """An answer to an invitation, as people say it."""
    return {
        "accepted": _("kommer"),
        "tentative": _("kanskje"),
        "declined": _("kommer ikke"),
    }[reply]


def invitation_word(state: str) -> str:
    """How it stands with somebody invited, as people say it."""
    others = {
        "invited": _("har ikke svart"),
        "not_delivered": _("e-posten kom ikke fram"),
        "removed": _("tatt av listen"),
    }
    return others[state] if state in others else reply_word(state)


def lack_word(lack: str) -> str:
    """What a referral lacks, as people say it."""
    return {
        "consent": _("samtykke"),
        "referral": _("henvisning"),
        "report": _("pedagogisk rapport"),
        "noted": _("noe PPT har bedt om"),
    }[lack]


def result_word(result: str, indicator: str = "") -> str:
    """What became of a pupil in a figure; at a meeting that is held, nothing is open still."""
    if result == "open" and indicator.startswith("P10"):
        return _("ikke representert")
    return {
        "numerator": _("i teller"),
        "done_late": _("for sent"),
        "open": _("åpen"),
        "unknown": _("ukjent"),
        "excluded": _("utenfor"),
        "not_counted": _("ikke holdt"),
    }.get(result, result)


def day_word(column: str) -> str:
    """A day in a case, by its column, as people say it before the date."""
    return {
        "referred_on": _("henvist"),
        "complete_on": _("komplett"),
        "received_on": _("mottatt"),
        "decided_on": _("vedtatt"),
        "valid_from": _("gyldig fra"),
        "valid_to": _("gyldig til"),
        "notified_on": _("underrettet"),
        "arrived_on": _("kommet fram"),
        "registered_on": _("klaget"),
        "reviewed_on": _("vurdert"),
        "forwarded_on": _("oversendt"),
        "closed_on": _("avsluttet"),
        "sought_on": _("søkt"),
        "starts": _("fra"),
        "ends": _("til"),
    }[column]


def basis_word(basis: str) -> str:
    """What a rule or a date rests on, as people say it."""
    return {
        "law": _("lov"),
        "regulation": _("forskrift"),
        "guidance": _("veiledning, ikke lov"),
        "network": _("nettverket"),
        "local": _("skolens egen"),
    }[basis]


def timer_word(running: str) -> str:
    """How it stands with a timer, as people say it."""
    return {
        "running": _("løper"),
        "late": _("over tiden"),
        "passed": _("gått ut"),
        "stopped": _("stoppet"),
    }[running]


def lane_word(kind: str) -> str:
    """What is sought beside adapted education, as people say it."""
    return {
        "assistanse": _("personlig assistanse"),
        "fysisk": _("fysisk tilrettelegging"),
    }[kind]


def lane_state_word(state: str) -> str:
    """Where it stands with assistance or adaptation, as people say it."""
    return {
        "sought": _("søkt, ikke avgjort"),
        "refused": _("avslått"),
        "decided": _("innvilget, gjelder ikke ennå"),
        "in_force": _("gjelder"),
        "lapsed": _("gått ut"),
    }[state]


def reason_word(reason: str | None) -> str:
    """Why a pupil is not counted, or how a talk with guardians ended, as people say it."""
    if reason is None:
        return ""
    return {
        "held": _("holdt"),
        "declined": _("takket nei"),
        "no_reply": _("ikke svar"),
        "cancelled": _("avlyst"),
        "not_invited": _("ikke invitert"),
        "samtykke_mangler": _("samtykke mangler"),
        "meldt_sent": _("meldt etter fristen"),
        "gyldig_flerarig": _("flerårig vedtak gjelder"),
        "ikke_aktuelt": _("ikke aktuelt"),
        "kort_tid": _("kort tid ved skolen"),
        "uten_vedtak": _("uten vedtak"),
        "sluttet": _("sluttet"),
        "sen_start": _("begynte sent"),
        "slutter": _("slutter"),
        "ikke_holdt": _("ikke holdt"),
    }.get(reason, reason.replace("_", " "))


def cause_word(cause: str | None) -> str:
    """A cause of what is late or missing, as people say it."""
    if cause is None:
        return ""
    return {
        "venter_dokumentasjon_skole": _("venter på dokumentasjon fra skolen"),
        "kapasitet_ppt": _("kapasitet i PPT"),
        "foresatte_ikke_naadd": _("foresatte er ikke nådd"),
        "foresatte_takket_nei": _("foresatte takket nei"),
        "elev_fravaer": _("elevens fravær"),
        "innflyttet_etter_frist": _("flyttet inn etter fristen"),
        "samtykke_mangler": _("samtykke mangler"),
        "sykdom_vikar": _("sykdom eller manglende vikar"),
        "mote_flyttet": _("møtet ble flyttet"),
        "registreringsfeil": _("feil i registreringen"),
        "annet": _("annet"),
    }.get(cause, cause.replace("_", " "))


def band_word(name: str) -> str:
    """A band of days late, as people say it."""
    if name == "over_90":
        return _("over 90 dager")
    return _("{days} dager").format(days=name.replace("-", "–"))


def chain_words() -> dict[str, str]:
    """How far a missed assessment went, as people say it, in order."""
    return {
        "assessment": _("uten sakkyndig vurdering i tide"),
        "vedtak": _("derfor uten vedtak i tide"),
        "stopped": _("uten vedtak ved skolestart"),
        "late_iop": _("uten IOP ved skolestart"),
    }


def reading_word(what: str) -> str:
    """What somebody opened: a page or a list by its title, a command or the API by name."""
    if what.startswith("iopflow "):
        return _("Kommandoen {name}").format(name=f"«{what}»")
    if what.startswith("/api/"):
        return _("Programmet som leser {name}").format(name=what)
    path, _taken, taken = what.partition("#")
    if path.startswith("/indikatorer/"):
        behind = _("Elevene bak {code}").format(code=path.rpartition("/")[2])
        return _("Lastet ned listen {name}").format(name=f"«{behind}»") if taken else behind
    lists = {
        "/mine": _("Mine elever"),
        "/matrise": _("Hvem mangler hva"),
        "/matrise/celle": _("Hvem mangler hva"),
        "/samtaler": _("Samtaler"),
        "/behov": _("Behov neste år"),
        "/saker": _("Saker"),
        "/import/uttrekk.xlsx": _("Ut til regneark"),
    }
    if path in lists:
        return _("Lastet ned listen {name}").format(name=f"«{lists[path]}»")
    pages = {
        "/elev/{number}": _("Elevens år"),
        "/sak/{number}": _("Saken"),
        "/arshjul": _("Elevens årshjul"),
        "/tiltak/avvik/ny": _("Elevene i et nytt avvik"),
        "/prognose": _("Elevene bak en prognose"),
        "/telling": _("Elevene å se på før en telling"),
        "/telling/gsi": _("Elevene med vedtak og uten IOP"),
        "/frys": _("Elevene som en revisjon endret"),
        "/like-elever/{number}/{other}": _("To elever ved siden av hverandre"),
        "/like-elever/{number}/{other}/se": _("To elever ved siden av hverandre"),
    }
    return pages.get(path, what)
