"""A wrong wheel file: every mistake is told in a sentence that names place and remedy."""

# ruff: noqa: E501, ISC004 - the sentences are asserted whole, so that a change of one is seen

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.wheel import WheelError, load
from tests.wheel.wheel_kit import RIGHT, changed, problems, write

REMEDIES = ("skriv", "stryk", "behold", "mente du", "bytt", "flytt", "sett", "trenger", "gi dem")

# What stands in the right file, what stands there instead, after which piece; and what is said.
MISTAKES = (
    pytest.param(
        'source = "Laget',
        'kilde = "x"\nsource = "Laget',
        "",
        (
            "prove.toml, linje 2: kilde er ikke et felt: skriv ett av title, source, extends, step, state.",
        ),
        id="unknown_field_of_the_file",
    ),
    pytest.param(
        'title = { nb = "Prøvehjul", nn = "Prøvehjul", en = "Trial wheel" }\n',
        "",
        "",
        ('prove.toml: title mangler: skriv title = { nb = "…", nn = "…", en = "…" }.',),
        id="missing_title_of_the_file",
    ),
    pytest.param(
        'due = "05-31"',
        'frist = "05-31"\ndue = "05-31"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 26, iop.plan: frist er ikke et felt: skriv ett av key, kind, title, scope, serves, opens, due, limit, weekend, responsible, contributors, approver, after, after_previous, hard, any_of, cohort, fact, stops, only_grades, indicators, basis, date_basis, law, source, certainty, confidence, note, since, until, off, checklist.",
        ),
        id="unknown_field",
    ),
    pytest.param(
        "approver =",
        "aprover =",
        'key = "iop.plan"',
        ("prove.toml, linje 30, iop.plan: aprover er ikke et felt: mente du «approver»?",),
        id="misspelt_field",
    ),
    pytest.param(
        'kind = "document"\n',
        "",
        'key = "iop.plan"',
        ('prove.toml, linje 20, iop.plan: kind mangler: skriv kind = "document".',),
        id="missing_field",
    ),
    pytest.param(
        'key = "iop.plan"\n',
        "",
        "",
        ('prove.toml, linje 20, steg nr. 2: key mangler: skriv key = "iop.navn_pa_steget".',),
        id="missing_key",
    ),
    pytest.param(
        'key = "iop.plan"',
        'key = ""',
        "",
        ("prove.toml, linje 21, steg nr. 2: key er tom: skriv en tekst.",),
        id="empty_key",
    ),
    pytest.param(
        'key = "iop.plan"',
        'key = "IOP plan"',
        "",
        (
            "prove.toml, linje 21, IOP plan: key «IOP plan» er ikke en nøkkel: skriv små bokstaver a–z, tall, _ og punktum.",
        ),
        id="key_with_capitals",
    ),
    pytest.param(
        'source = "Laget for prøvene"',
        "source = 2027",
        'key = "iop.plan"',
        (
            'prove.toml, linje 37, iop.plan: source skal være tekst, ikke 2027: skriv "…" med anførselstegn.',
        ),
        id="number_for_text",
    ),
    pytest.param(
        'after = ["iop.samtale"]',
        'after = "iop.samtale"',
        'key = "iop.plan"',
        ('prove.toml, linje 31, iop.plan: after skal være en liste: skriv ["…", "…"].',),
        id="text_for_list",
    ),
    pytest.param(
        'hard = ["iop.samtale"]',
        'hard = ["iop.samtale"]\noff = "ja"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 33, iop.plan: off skal ikke være ja: skriv true eller false uten anførselstegn.",
        ),
        id="text_for_truth",
    ),
    pytest.param(
        'contributors = ["elev", "foresatte"]',
        'contributors = ["elev", 7]',
        "",
        (
            'prove.toml, linje 13, iop.samtale: contributors skal være tekst, ikke 7: skriv "…" med anførselstegn.',
        ),
        id="number_in_list",
    ),
    pytest.param(
        'contributors = ["elev", "foresatte"]',
        'contributors = ["elev", "elev"]',
        "",
        ("prove.toml, linje 13, iop.samtale: contributors nevner «elev» to ganger: behold ett.",),
        id="same_word_twice",
    ),
    pytest.param(
        'due = "05-31"',
        "due = 2027-05-31",
        'key = "iop.plan"',
        (
            'prove.toml, linje 26, iop.plan: due 2027-05-31 gjelder bare ett år: skriv "05-31" med anførselstegn.',
        ),
        id="date_for_day",
    ),
    pytest.param(
        'due = "05-31"',
        'due = "31.05"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 26, iop.plan: due «31.05» er ikke dagnotasjon: skriv 05-31 (måned-dag).",
        ),
        id="norwegian_date",
    ),
    pytest.param(
        'due = "05-31"',
        'due = "2027-05-31"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 26, iop.plan: due «2027-05-31» gjelder bare ett år: skriv 05-31, som gjelder hvert år.",
        ),
        id="date_with_year",
    ),
    pytest.param(
        'due = "05-31"',
        'due = "02-30"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 26, iop.plan: due «02-30» er ingen dag i året: skriv måned-dag, som 05-31.",
        ),
        id="day_that_is_not",
    ),
    pytest.param(
        'limit = "school_end"',
        'limit = "schoolend"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 27, iop.plan: limit «schoolend» er ikke et kjent anker: skriv ett av school_start, school_end, planning_day, autumn_end, arrival, due, eller måned-dag.",
        ),
        id="unknown_anchor",
    ),
    pytest.param(
        'opens = "due - 4w"',
        'opens = "due - w"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 25, iop.plan: opens «due - w» er ikke dagnotasjon: skriv som «05-31», «school_end» eller «school_start + 6w».",
        ),
        id="unit_without_number",
    ),
    pytest.param(
        'due = "01-15 | grade 1: 01-31',
        'due = "01-15 | trinn 1: 01-31',
        "",
        (
            "prove.toml, linje 11, iop.samtale: due «trinn 1: 01-31» er ikke et utvalg: skriv «grade 1: DAG» eller «late: DAG».",
        ),
        id="unknown_selector",
    ),
    pytest.param(
        "grade 1: 01-31",
        "grade 1,2: 01-31 | grade 2: 02-01",
        "",
        (
            "prove.toml, linje 11, iop.samtale: due «01-15 | grade 1,2: 01-31 | grade 2: 02-01 | late: arrival + 4w» nevner samme utvalg to ganger: behold ett.",
        ),
        id="same_selector_twice",
    ),
    pytest.param(
        'due = "05-31"',
        'due = "arrival + 2w"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 26, iop.plan: due «arrival» gjelder bare dem som kommer sent: skriv «… | late: arrival …».",
        ),
        id="arrival_for_all",
    ),
    pytest.param(
        'due = "05-31"',
        'due = "next.vedtak.valid_to"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 26, iop.plan: due «vedtak.valid_to» har ikke «next.» foran seg: stryk det.",
        ),
        id="shift_before_a_fact",
    ),
    pytest.param(
        'due = "05-31"',
        'due = "due + 1w"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 26, iop.plan: due kan ikke telle fra «due», som bare gjelder opens: skriv en annen dag.",
        ),
        id="due_counts_from_due",
    ),
    pytest.param(
        'due = "05-31"\nlimit = "school_end"\n',
        "",
        'key = "iop.plan"',
        (
            "prove.toml, linje 25, iop.plan: opens teller fra «due», som mangler: skriv due, eller en annen dag.",
        ),
        id="opens_counts_from_due_that_is_missing",
    ),
    pytest.param(
        'opens = "due - 4w"\n',
        "",
        'key = "iop.plan"',
        (
            'prove.toml, linje 20, iop.plan: opens mangler: skriv når steget åpner, som opens = "due - 6w".',
        ),
        id="opens_missing",
    ),
    pytest.param(
        'opens = "due - 4w"\ndue = "05-31"\n',
        "",
        'key = "iop.plan"',
        ("prove.toml, linje 25, iop.plan: limit står uten due: skriv due, eller stryk limit.",),
        id="limit_without_due",
    ),
    pytest.param(
        'opens = "due - 4w"',
        'opens = "06-10"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 25, iop.plan: opens 2027-06-10 er etter due 2027-05-31: sett opens tidligere.",
        ),
        id="opens_after_due",
    ),
    pytest.param(
        "grade 1: 01-31",
        "grade 1: 10-15",
        "",
        (
            "prove.toml, linje 10, iop.samtale: opens 2026-11-01 er etter due 2026-10-15: sett opens tidligere.",
        ),
        id="opens_after_due_of_a_grade",
    ),
    pytest.param(
        'due = "05-31"',
        'due = "07-01"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 26, iop.plan: due 2027-07-01 er etter limit 2027-06-18: sett due tidligere.",
        ),
        id="due_after_limit",
    ),
    pytest.param(
        'responsible = "kontaktlaerer"',
        'responsible = "kontaktlærer"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 29, iop.plan: responsible «kontaktlærer» finnes ikke: mente du «kontaktlaerer»?",
        ),
        id="unknown_role",
    ),
    pytest.param(
        '"foresatte"]',
        '"foreldre"]',
        "",
        (
            "prove.toml, linje 13, iop.samtale: contributors «foreldre» finnes ikke: skriv ett av kontaktlaerer, faglaerer, spesialpedagog, miljoterapeut, miljoarbeider, avdelingsleder, rektor, skoleadministrasjon, ppt_radgiver, ppt_leder, skoleeier, ikit_koordinator, admin, iop_team, ressursteam, foresatte, elev.",
        ),
        id="unknown_contributor",
    ),
    pytest.param(
        'approver = "avdelingsleder"',
        'approver = "elev"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 30, iop.plan: approver «elev» finnes ikke: skriv ett av kontaktlaerer, faglaerer, spesialpedagog, miljoterapeut, miljoarbeider, avdelingsleder, rektor, skoleadministrasjon, ppt_radgiver, ppt_leder, skoleeier, ikit_koordinator, admin.",
        ),
        id="role_that_holds_no_duty",
    ),
    pytest.param(
        'kind = "document"',
        'kind = "dokument"',
        'key = "iop.plan"',
        ("prove.toml, linje 22, iop.plan: kind «dokument» finnes ikke: mente du «document»?",),
        id="unknown_kind",
    ),
    pytest.param(
        'scope = "class"',
        'scope = "klasse"',
        'key = "iop.mote"',
        ("prove.toml, linje 47, iop.mote: scope «klasse» finnes ikke: mente du «class»?",),
        id="unknown_scope",
    ),
    pytest.param(
        'serves = "same"',
        'serves = "current"',
        "",
        (
            "prove.toml, linje 9, iop.samtale: serves «current» finnes ikke: skriv ett av same, next.",
        ),
        id="unknown_serves",
    ),
    pytest.param(
        'weekend = "internal"',
        'weekend = "intern"',
        'key = "iop.plan"',
        ("prove.toml, linje 28, iop.plan: weekend «intern» finnes ikke: mente du «internal»?",),
        id="unknown_weekend",
    ),
    pytest.param(
        'cohort = "iop"',
        'cohort = "alle"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 33, iop.plan: cohort «alle» finnes ikke: skriv ett av enrolled, iop, iop_current, iop_new, need, uten_vedtak.",
        ),
        id="unknown_cohort",
    ),
    pytest.param(
        'basis = "law"',
        'basis = "lov"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 34, iop.plan: basis «lov» finnes ikke: skriv ett av law, regulation, guidance, network, local.",
        ),
        id="unknown_basis",
    ),
    pytest.param(
        'cohort = "iop"',
        'cohort = "iop"\nfact = "vedtak.sent_on"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 34, iop.plan: fact «vedtak.sent_on» finnes ikke: mente du «vedtak.notified_on»?",
        ),
        id="unknown_fact",
    ),
    pytest.param(
        'indicators = ["P9"]',
        'indicators = ["P12"]',
        "",
        ("prove.toml, linje 15, iop.samtale: indicators «P12» finnes ikke: mente du «P2»?",),
        id="unknown_indicator",
    ),
    pytest.param(
        'certainty = "guess"',
        'certainty = "sure"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 38, iop.plan: certainty «sure» finnes ikke: skriv ett av certain, guess.",
        ),
        id="unknown_certainty",
    ),
    pytest.param(
        'since = "2024-25"',
        'since = "2024-26"',
        'key = "iop.plan"',
        ("prove.toml, linje 40, iop.plan: since «2024-26» er ikke et skoleår: skriv som 2026-27.",),
        id="no_such_year",
    ),
    pytest.param(
        'until = "2030-31"',
        'until = "2023-24"',
        'key = "iop.plan"',
        ("prove.toml, linje 41, iop.plan: until 2023-24 er før since 2024-25: bytt dem om.",),
        id="until_before_since",
    ),
    pytest.param(
        'nn = "Plan", ',
        "",
        'key = "iop.plan"',
        ("prove.toml, linje 23, iop.plan: title mangler nn: skriv alle tre språk.",),
        id="missing_language",
    ),
    pytest.param(
        'nn = "Plan"',
        'no = "Plan"',
        'key = "iop.plan"',
        ("prove.toml, linje 23, iop.plan: title har ukjent språk «no»: skriv nb, nn og en.",),
        id="unknown_language",
    ),
    pytest.param(
        'nn = "Plan"',
        'nn = " "',
        'key = "iop.plan"',
        ("prove.toml, linje 23, iop.plan: title nn er tom: skriv en tekst.",),
        id="empty_title",
    ),
    pytest.param(
        'title = { nb = "Plan", nn = "Plan", en = "Plan" }',
        'title = "Plan"',
        'key = "iop.plan"',
        (
            'prove.toml, linje 23, iop.plan: title skal ha tre språk: skriv { nb = "…", nn = "…", en = "…" }.',
        ),
        id="title_in_one_language",
    ),
    pytest.param(
        'nb = "Plan"',
        'nb = "Samtale"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 23, iop.plan: title «Samtale» (nb) har også iop.samtale: gi dem hver sin tittel.",
        ),
        id="title_of_another",
    ),
    pytest.param(
        'en = "Plan"',
        'en = "talk"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 23, iop.plan: title «talk» (en) har også iop.samtale: gi dem hver sin tittel.",
        ),
        id="english_title_of_another",
    ),
    pytest.param(
        'source = "Laget for prøvene"',
        'source = "Laget for prøvene "',
        'key = "iop.plan"',
        (
            "prove.toml, linje 37, iop.plan: source har mellomrom i endene eller usynlige tegn: stryk dem.",
        ),
        id="spaces_at_the_ends",
    ),
    pytest.param(
        'key = "iop.plan"',
        'key = "iop.samtale"',
        "",
        ("prove.toml, linje 21, iop.samtale: key står to ganger: behold én rad.",),
        id="key_twice",
    ),
    pytest.param(
        'after = ["iop.samtale"]\nhard = ["iop.samtale"]',
        'after = ["iop.samtal"]',
        'key = "iop.plan"',
        (
            "prove.toml, linje 31, iop.plan: after «iop.samtal» finnes ikke: mente du «iop.samtale»?",
        ),
        id="unknown_predecessor",
    ),
    pytest.param(
        'after = ["iop.samtale"]\n',
        "",
        'key = "iop.plan"',
        (
            "prove.toml, linje 31, iop.plan: hard «iop.samtale» står ikke i after eller after_previous: skriv det der også.",
        ),
        id="hard_that_is_no_predecessor",
    ),
    pytest.param(
        'after = ["iop.samtale"]\nhard = ["iop.samtale"]',
        'after = ["iop.mote"]\nhard = ["iop.mote"]',
        'key = "iop.plan"',
        (
            "prove.toml, linje 32, iop.plan: hard «iop.mote» gjelder class, ikke pupil, og kan ikke sperre: stryk det.",
        ),
        id="hard_of_another_scope",
    ),
    pytest.param(
        'basis = "law"\ndate_basis = "local"\nlaw = "opplæringslova § 11-10"\n',
        'basis = "local"\n',
        'key = "iop.plan"',
        (
            "prove.toml, linje 32, iop.plan: hard sperrer uten hjemmel: skriv paragrafen i law, eller stryk hard.",
        ),
        id="hard_without_law",
    ),
    pytest.param(
        'law = "opplæringslova § 11-10"\n',
        "",
        'key = "iop.plan"',
        (
            "prove.toml, linje 20, iop.plan: law mangler når basis er law: skriv paragrafen, som «opplæringslova § 11-7».",
        ),
        id="law_without_paragraph",
    ),
    pytest.param(
        'after = ["iop.samtale"]',
        'after = ["iop.samtale"]\nafter_previous = ["iop.samtale"]',
        'key = "iop.plan"',
        (
            "prove.toml, linje 32, iop.plan: after_previous «iop.samtale» står også i after: behold ett av stedene.",
        ),
        id="predecessor_in_both_years",
    ),
    pytest.param(
        'cohort = "enrolled"',
        'cohort = "enrolled"\nafter = ["iop.senere"]',
        "",
        (
            "prove.toml, linje 15, iop.samtale: after «iop.senere» finnes ikke: skriv ett av iop.mote, iop.plan, iop.samtale.",
        ),
        id="predecessor_that_opens_after_the_due_day",
    ),
    pytest.param(
        'responsible = "kontaktlaerer"',
        'responsible = "kontaktlaerer"\nafter = ["iop.plan"]',
        "",
        (
            "prove.toml, linje 13, iop.samtale: after «iop.plan» åpner 2027-05-03, etter fristen 2027-01-15: skriv det i after_previous.",
            "prove.toml, linje 13, iop.samtale: after går i ring (iop.samtale → iop.plan → iop.samtale): flytt ett av stegene til after_previous.",
        ),
        id="ring",
    ),
    pytest.param(
        'after = ["iop.samtale"]',
        'after = ["iop.samtale", "iop.plan"]',
        'key = "iop.plan"',
        (
            "prove.toml, linje 31, iop.plan: after går i ring (iop.plan → iop.plan): flytt ett av stegene til after_previous.",
        ),
        id="itself",
    ),
    pytest.param(
        'after = ["iop.samtale"]',
        'after = ["iop.samtale"]\nany_of = true',
        'key = "iop.plan"',
        (
            "prove.toml, linje 32, iop.plan: any_of gjelder valg mellom flere i after: skriv minst to der, eller stryk any_of.",
        ),
        id="any_of_one",
    ),
    pytest.param(
        'cohort = "iop"\n',
        "",
        'key = "iop.plan"',
        (
            'prove.toml, linje 20, iop.plan: cohort mangler: skriv hvilke elever steget gjelder, som cohort = "iop".',
        ),
        id="cohort_missing",
    ),
    pytest.param(
        'responsible = "kontaktlaerer"',
        'responsible = "kontaktlaerer"\ncohort = "iop"',
        'key = "iop.mote"',
        (
            "prove.toml, linje 51, iop.mote: cohort gjelder bare steg for elever, ikke class: stryk feltet.",
        ),
        id="cohort_of_a_class",
    ),
    pytest.param(
        'responsible = "kontaktlaerer"',
        'responsible = "kontaktlaerer"\nfact = "vedtak.decided_on"',
        'key = "iop.mote"',
        ("prove.toml, linje 51, iop.mote: fact gjelder elevens sak, ikke class: stryk feltet.",),
        id="fact_of_a_class",
    ),
    pytest.param(
        'due = "09-15"',
        'due = "vedtak.decided_on + 1w"',
        'key = "iop.mote"',
        (
            "prove.toml, linje 49, iop.mote: due teller fra elevens sak, men steget gjelder class: skriv en annen dag.",
        ),
        id="fact_day_of_a_class",
    ),
    pytest.param(
        'due = "09-15"',
        'due = "09-15 | grade 1: 09-20"',
        'key = "iop.mote"',
        (
            "prove.toml, linje 49, iop.mote: due skiller mellom elever, men steget gjelder class: stryk «| …».",
        ),
        id="grades_of_a_class",
    ),
    pytest.param(
        'kind = "meeting"\ntitle = { nb = "Møte", nn = "Møte", en = "Meeting" }\nscope = "class"\nopens = "school_start"\ndue = "09-15"',
        'kind = "timer"\ntitle = { nb = "Møte", nn = "Møte", en = "Meeting" }\nscope = "class"',
        'key = "iop.mote"',
        (
            'prove.toml, linje 43, iop.mote: due mangler: en timer teller mot en dag, skriv due = "vedtak.valid_to - 6m".',
        ),
        id="timer_without_due",
    ),
    pytest.param(
        'kind = "meeting"',
        'kind = "recurring"',
        'key = "iop.mote"',
        (
            "prove.toml, linje 48, iop.mote: opens står på et steg som varer hele året (recurring): stryk feltet.",
            "prove.toml, linje 49, iop.mote: due står på et steg som varer hele året (recurring): stryk feltet.",
        ),
        id="date_on_what_lasts_all_year",
    ),
    pytest.param(
        'kind = "document"',
        'kind = "consent"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 20, iop.plan: fact mangler: skriv hvilket samtykke steget følger, som consent.vedtak.",
        ),
        id="consent_without_fact",
    ),
    pytest.param(
        'responsible = "kontaktlaerer"',
        'responsible = "kontaktlaerer"\nchecklist = [{ key = "a", title = { nb = "a", nn = "a", en = "a" } }]',
        'key = "iop.mote"',
        (
            "prove.toml, linje 51, iop.mote: checklist hører bare til telletidspunkter (snapshot), ikke meeting: stryk den.",
        ),
        id="checklist_of_a_meeting",
    ),
    pytest.param(
        'kind = "meeting"',
        'checklist = [{ key = "a" }]\nkind = "snapshot"',
        'key = "iop.mote"',
        (
            'prove.toml, linje 45, iop.mote: checklist skal ha key og title i hver linje: skriv { key = "…", title = { nb = "…", nn = "…", en = "…" } }.',
        ),
        id="checklist_line_without_title",
    ),
    pytest.param(
        'confidence = "high"\n',
        "",
        'key = "iop.plan"',
        (
            "prove.toml, linje 20, iop.plan: confidence mangler når certainty er guess: skriv high, medium eller low.",
        ),
        id="guess_without_confidence",
    ),
    pytest.param(
        'certainty = "guess"',
        'certainty = "certain"',
        'key = "iop.plan"',
        (
            "prove.toml, linje 39, iop.plan: confidence står der certainty er certain: stryk det, eller skriv guess.",
        ),
        id="confidence_of_what_is_certain",
    ),
    pytest.param(
        'steps = ["iop.plan"]',
        'steps = ["iop.plann"]',
        "",
        ("prove.toml, linje 63, planlagt: steps «iop.plann» finnes ikke: mente du «iop.plan»?",),
        id="state_of_an_unknown_step",
    ),
    pytest.param(
        'role = "suspended"',
        'role = "suspended"\n\n[[state]]\nkey = "ferdig"\ntitle = { nb = "ferdig", nn = "ferdig", en = "done" }\nsteps = ["iop.plan"]',
        "",
        ("prove.toml, linje 73, ferdig: steps «iop.plan» står også i planlagt: behold ett.",),
        id="step_in_two_states",
    ),
    pytest.param(
        'steps = ["iop.plan"]',
        'steps = ["iop.mote"]',
        "",
        ("prove.toml, linje 63, planlagt: steps «iop.mote» gjelder ikke en elev: stryk det.",),
        id="state_of_a_class",
    ),
    pytest.param(
        'steps = ["iop.plan"]\n',
        "",
        "",
        ("prove.toml, linje 60, planlagt: steps mangler: skriv stegene som fører dit, eller day.",),
        id="state_without_steps",
    ),
    pytest.param(
        'key = "planlagt"',
        'key = "ny"',
        "",
        ("prove.toml, linje 61, ny: key står to ganger: behold én rad.",),
        id="state_twice",
    ),
    pytest.param(
        'nb = "planlagt"',
        'nb = "ny"',
        "",
        ("prove.toml, linje 62, planlagt: title «ny» har også ny: gi dem hver sin tittel.",),
        id="state_title_twice",
    ),
    pytest.param(
        'role = "initial"',
        'day = "school_start"',
        "",
        ("prove.toml: state trenger akkurat én tilstand med role = «initial».",),
        id="no_initial_state",
    ),
    pytest.param(
        'role = "initial"',
        'role = "initial"\nday = "school_start"',
        "",
        (
            "prove.toml, linje 59, ny: day hører ikke til tilstanden med role = «initial»: stryk feltet.",
        ),
        id="initial_state_with_steps",
    ),
    pytest.param(
        'steps = ["iop.plan"]',
        'steps = ["iop.plan"]\nany_of = true',
        "",
        (
            "prove.toml, linje 64, planlagt: any_of gjelder valg mellom flere i steps: skriv minst to der, eller stryk any_of.",
        ),
        id="state_any_of_one",
    ),
    pytest.param(
        'role = "initial"',
        'role = "initial"\nday = "jul"',
        "",
        (
            "prove.toml, linje 59, ny: day «jul» finnes ikke: skriv ett av school_start, school_end.",
        ),
        id="unknown_day_of_a_state",
    ),
    pytest.param(
        "[[state]]",
        "[[states]]",
        "",
        (
            "prove.toml: states er ikke et felt: mente du «state»?",
            "prove.toml: state trenger akkurat én tilstand med role = «initial».",
        ),
        id="unknown_row",
    ),
    pytest.param(
        "[[step]]",
        "[step]",
        "until =",
        (
            "prove.toml, linje 43: «[step]» er ikke gyldig TOML: skriv [[step]] eller [[state]] over hver rad.",
        ),
        id="one_row_for_a_list",
    ),
    pytest.param(
        'scope = "pupil"',
        'scope = "pupil"\nscope = "class"',
        'key = "iop.plan"',
        ('prove.toml, linje 25: «scope = "class"» står to ganger i raden: behold ett.',),
        id="field_twice",
    ),
    pytest.param(
        'due = "05-31"',
        "due = 05-31",
        'key = "iop.plan"',
        (
            'prove.toml, linje 26: «due = 05-31» er ikke gyldig TOML: skriv felt = "verdi" med anførselstegn, én på hver linje.',
        ),
        id="text_without_quotes",
    ),
    pytest.param(
        'due = "05-31"',
        'due = "05-31',
        'key = "iop.plan"',
        (
            'prove.toml, linje 26: «due = "05-31» er ikke gyldig TOML: skriv felt = "verdi" med anførselstegn, én på hver linje.',
        ),
        id="quote_not_closed",
    ),
)


@pytest.mark.parametrize(("old", "new", "after", "expected"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_remedy(
    tmp_path: Path, old: str, new: str, after: str, expected: tuple[str, ...]
) -> None:
    assert problems(write(tmp_path, changed(old, new, after=after))) == expected
    assert [one for one in expected if not any(word in one for word in REMEDIES)] == []


def test_the_right_file_is_read(tmp_path: Path) -> None:
    assert [step.key for step in load(write(tmp_path, RIGHT)).steps] == [
        "iop.samtale",
        "iop.plan",
        "iop.mote",
    ]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = changed('due = "05-31"', 'due = "31.05"')
    text = text.replace('responsible = "kontaktlaerer"', 'responsible = "laerer"')
    text = text.replace('steps = ["iop.plan"]', 'steps = ["iop.plann"]')
    told = problems(write(tmp_path, text))
    assert [(one.split(": ")[0], one.split(": ")[1].split()[0]) for one in told] == [
        ("prove.toml, linje 12, iop.samtale", "responsible"),
        ("prove.toml, linje 26, iop.plan", "due"),
        ("prove.toml, linje 29, iop.plan", "responsible"),
        ("prove.toml, linje 50, iop.mote", "responsible"),
        ("prove.toml, linje 63, planlagt", "steps"),
    ]


def test_two_steps_may_not_follow_from_one_fact(tmp_path: Path) -> None:
    row = """\
[[step]]
key = "{key}"
kind = "document"
title = {{ nb = "{key}", nn = "{key}", en = "{key}" }}
scope = "pupil"
responsible = "rektor"
cohort = "iop"
fact = "vedtak.decided_on"
basis = "local"
source = "Laget for prøvene"
certainty = "certain"

"""
    rows = row.format(key="iop.en") + row.format(key="iop.to")
    assert problems(write(tmp_path, changed("[[state]]", rows + "[[state]]"))) == (
        "prove.toml, linje 74, iop.to: fact «vedtak.decided_on» har også iop.en: behold ett.",
    )


def test_several_rings_are_all_told(tmp_path: Path) -> None:
    text = changed('limit = "school_end"', 'limit = "school_end"\nany_of = true', after="iop.plan")
    text = text.replace('after = ["iop.samtale"]', 'after = ["iop.samtale", "iop.plan"]')
    text = text.replace('due = "09-15"', 'due = "09-15"\nafter = ["iop.mote"]')
    assert [one for one in problems(write(tmp_path, text)) if "ring" in one] == [
        "prove.toml, linje 32, iop.plan: after går i ring (iop.plan → iop.plan): "
        "flytt ett av stegene til after_previous.",
        "prove.toml, linje 51, iop.mote: after går i ring (iop.mote → iop.mote): "
        "flytt ett av stegene til after_previous.",
    ]


def test_a_step_may_wait_for_one_that_waits_for_it_a_year_before(tmp_path: Path) -> None:
    text = changed('cohort = "enrolled"', 'cohort = "enrolled"\nafter_previous = ["iop.plan"]')
    assert load(write(tmp_path, text))["iop.samtale"].after_previous == ("iop.plan",)


@given(
    line=st.integers(min_value=1, max_value=len(RIGHT.splitlines())),
    value=st.sampled_from(
        ["", "3", "true", "[]", '""', "{}", '["x"]', '"x"', "2027-05-31", "[1, [2]]", "{ nb = 3 }"]
    ),
)
def test_any_value_in_any_field_is_read_or_refused_in_sentences(line: int, value: str) -> None:
    lines = RIGHT.splitlines()
    name, equals, _old = lines[line - 1].partition(" = ")
    lines[line - 1] = f"{name}{equals}{value}" if equals and value else ""
    with TemporaryDirectory() as folder:
        path = write(Path(folder), "\n".join(lines))
        told: tuple[str, ...] = ()
        try:
            load(path)
        except WheelError as error:
            told = error.problems
    assert [one for one in told if not one.startswith("prove.toml")] == []
    assert [one for one in told if not any(word in one for word in REMEDIES)] == []


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "borte.toml"
    assert problems(path) == (f"{path}: finnes ikke: sjekk stien til filen.",)


def test_a_folder_is_no_wheel(tmp_path: Path) -> None:
    path = tmp_path / "mappe.toml"
    path.mkdir()
    assert problems(path) == (f"{path}: finnes ikke: sjekk stien til filen.",)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prove.toml"
    path.symlink_to("/proc/self/mem")  # is there, and gives an error also to the administrator
    assert problems(path) == ("prove.toml: kan ikke leses: gi iopflow lesetilgang til filen.",)


def test_a_state_of_a_timer_is_never_reached_and_refused(tmp_path: Path) -> None:
    timer = """\
[[step]]
key = "iop.varsel"
kind = "timer"
title = { nb = "Varsel", nn = "Varsel", en = "Notice" }
scope = "pupil"
due = "vedtak.valid_to - 6m"
responsible = "rektor"
basis = "local"
source = "Laget for prøvene"
certainty = "certain"

"""
    text = changed("[[state]]", timer + "[[state]]").replace('["iop.plan"]', '["iop.varsel"]')
    assert problems(write(tmp_path, text)) == (
        "prove.toml, linje 74, planlagt: steps «iop.varsel» (timer) blir aldri krysset av: stryk det.",
    )


def test_a_state_without_key_and_title_is_told_by_its_number(tmp_path: Path) -> None:
    text = RIGHT + '\n[[state]]\nsteps = ["iop.samtale"]\n'
    assert problems(write(tmp_path, text)) == (
        'prove.toml, linje 70, tilstand nr. 4: key mangler: skriv key = "navn_pa_tilstanden".',
        "prove.toml, linje 70, tilstand nr. 4: title mangler: "
        'skriv title = { nb = "…", nn = "…", en = "…" }.',
    )


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prove.toml"
    path.write_bytes(RIGHT.encode("latin-1"))
    assert problems(path) == ("prove.toml, linje 1: er ikke UTF-8: lagre filen som UTF-8.",)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "prove.toml"
    path.write_bytes(b"\xef\xbb\xbf" + RIGHT.encode())
    assert load(path).name == "prove"


def test_windows_line_ends_are_no_mistake_and_lines_are_right(tmp_path: Path) -> None:
    path = tmp_path / "prove.toml"
    path.write_bytes(changed('due = "05-31"', 'due = "31.05"').replace("\n", "\r\n").encode())
    assert problems(path) == (
        "prove.toml, linje 26, iop.plan: due «31.05» er ikke dagnotasjon: skriv 05-31 (måned-dag).",
    )


def test_an_empty_file_tells_what_a_wheel_must_have(tmp_path: Path) -> None:
    assert problems(write(tmp_path, "")) == (
        'prove.toml: title mangler: skriv title = { nb = "…", nn = "…", en = "…" }.',
        'prove.toml: source mangler: skriv source = "…", hvor hjulet kommer fra.',
        "prove.toml: step mangler: skriv minst én rad [[step]].",
    )


def test_an_unfinished_file_is_told_by_its_last_line(tmp_path: Path) -> None:
    assert problems(write(tmp_path, 'title = "x"\nsource = [')) == (
        "prove.toml, linje 2: «source = [» er ikke gyldig TOML: "
        'skriv felt = "verdi" med anførselstegn, én på hver linje.',
    )


def test_rows_written_in_one_line_are_read_though_no_line_is_known(tmp_path: Path) -> None:
    text = 'title = "x"\nsource = "x"\nstep = [{ key = "iop.x", kind = "x" }]\n'
    assert problems(write(tmp_path, text))[1] == (
        "prove.toml, iop.x: kind «x» finnes ikke: skriv ett av document, task, meeting, "
        "conversation, milestone, consent, event, timer, recurring, on_demand, snapshot."
    )


@pytest.mark.parametrize("text", ["step = 3", "step = [3]", "state = {}", 'step = ["x"]'])
def test_rows_that_are_no_rows_are_refused(tmp_path: Path, text: str) -> None:
    kind = text.split()[0]
    expected = f"{kind} skal være en liste av rader: skriv [[{kind}]]."
    assert expected in [one.split(": ", 1)[1] for one in problems(write(tmp_path, text))]


def test_a_wheel_with_plans_needs_states(tmp_path: Path) -> None:
    text = RIGHT[: RIGHT.index("[[state]]")]
    assert problems(write(tmp_path, text)) == (
        "prove.toml: state mangler: skriv tilstandene i elevens år som rader [[state]].",
    )


def test_an_unknown_name_tells_which_wheels_there_are(tmp_path: Path) -> None:
    write(tmp_path, RIGHT, "lokalt.toml")
    with pytest.raises(WheelError) as caught:
        load("spesial", directories=[tmp_path])
    assert str(caught.value) == (
        "Årshjulet «spesial» finnes ikke: skriv ett av ikit, lokalt, spesialskole eller en sti "
        "til en fil, eller legg spesial.toml i mappen i IOPFLOW_CALENDARS."
    )


def test_a_name_is_sought_in_the_operators_folder_first(tmp_path: Path) -> None:
    write(tmp_path, RIGHT, "spesialskole.toml")
    assert load("spesialskole", directories=[tmp_path]).title.nb == "Prøvehjul"
    wheels = tmp_path / "other" / "wheels"
    wheels.mkdir(parents=True)
    write(wheels, RIGHT, "ikit.toml")
    assert load("ikit", directories=[tmp_path / "other"]).title.nb == "Prøvehjul"
