import pytest

from orchestrator.core.document import read_document
from orchestrator.core.faults import Faults
from orchestrator.core.plan_text import targets
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import Reader
from orchestrator.core.targets import AliasBack, HttpsCheck, LambdaCall, Reported, Target, WorkflowDispatch


def read(text):
    """What `probes:` and `jobs:` hold, and what is said of them."""
    faults, contents = Faults(), Contents()
    for key, node in read_document(text.encode(), faults).entries:
        targets.read_targets(Reader(faults), node, contents, key.text.removesuffix("s"))
    return contents, [f"{fault.line}: {fault}" for fault in faults.in_line_order()]


def target(kind, text):
    contents, faults = read(f"{kind}s:\n  t: {text}")
    assert faults == []
    assert contents.target_kinds == {"t": kind}
    return contents.targets["t"]


def target_fault(kind, text):
    _, faults = read(f"{kind}s:\n  t: {text}")
    assert len(faults) == 1, faults
    return faults[0]


@pytest.mark.parametrize(
    ("kind", "text", "call"),
    [
        ("probe", "{lambda: shop-smoke}", LambdaCall(function="shop-smoke")),
        ("job", "{lambda: purge_cdn}", LambdaCall(function="purge_cdn")),
        ("probe", "{https: https://shop.example.com}", HttpsCheck(url="https://shop.example.com")),
        (
            "probe",
            "{https: 'https://shop.example.com:443/health?deep=1', status: 204, contains: all is  well, within: 2s}",
            HttpsCheck(
                url="https://shop.example.com:443/health?deep=1", status=204, contains="all is well", within=2000
            ),
        ),
        ("job", "{https: https://a.example.com/purge}", HttpsCheck(url="https://a.example.com/purge")),
        ("probe", "{reported: true}", Reported()),
        (
            "job",
            "{workflow: acme/shop/redeploy.yml}",
            WorkflowDispatch(repository="acme/shop", workflow="redeploy.yml"),
        ),
        (
            "job",
            "{workflow: acme/shop/redeploy.yaml, ref: release/2, inputs: {to: previous, run: $run}}",
            WorkflowDispatch(
                repository="acme/shop",
                workflow="redeploy.yaml",
                ref="release/2",
                inputs={"to": "previous", "run": "$run"},
            ),
        ),
        ("job", "{alias: shop-api:live}", AliasBack(function="shop-api", alias="live")),
    ],
)
def test_a_target_is_what_it_calls(kind, text, call):
    assert target(kind, text) == Target(name="t", call=call)


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("probe", "{}", "2: t calls nothing; write one of lambda, https, reported"),
        ("job", "{ref: main}", "2: t calls nothing; write one of lambda, https, workflow, alias"),
        (
            "probe",
            "{lambda: a, reported: true}",
            "2: t is lambda and reported at once; write one of lambda, https, reported",
        ),
        ("probe", "{lambda: a, status: 200}", "2: status beside lambda; only https: has it: leave it out"),
        ("probe", "{reported: false}", "2: reported is false; write reported: true, or name what is called"),
        ("probe", "{reported: maybe}", "2: reported is maybe; write true or false"),
        (
            "probe",
            "{workflow: a/b/c.yml}",
            "2: unknown key workflow in a probe; write reported: true, and let the workflow report its result",
        ),
        (
            "job",
            "{reported: true}",
            "2: reported in a job is not supported yet; name what is run: nobody is asked to run a job",
        ),
        (
            "probe",
            "{lambda: 'arn:aws:lambda:eu-central-1:1:function:x'}",
            "2: arn:aws:lambda:eu-central-1:1:function:x is not a Lambda function's name; "
            "write its plain name in this account, as in shop-smoke",
        ),
        ("probe", "{lamda: a}", "2: unknown key lamda in a probe; did you mean lambda?"),
        (
            "probe",
            "{https: https://a.example.com, method: POST}",
            "2: method in a probe is not supported yet; leave it out: a check is a GET, a Lambda function can do more",
        ),
        (
            "probe",
            "{https: https://a.example.com, status: ok}",
            "2: status is ok; write a whole number, as in status: 200",
        ),
        ("probe", "{https: https://a.example.com, status: 600}", "2: status is 600; it lies between 100 and 599"),
        (
            "probe",
            "{https: https://a.example.com, within: 1m}",
            "2: within is out of range; it lies between 1s and 30s",
        ),
        (
            "job",
            "{workflow: redeploy.yml}",
            "2: redeploy.yml is not a workflow; write OWNER/REPOSITORY/FILE.yml, as in acme/shop/redeploy.yml",
        ),
        (
            "job",
            "{workflow: a/../c.sh}",
            "2: a/../c.sh is not a workflow; write OWNER/REPOSITORY/FILE.yml, as in acme/shop/redeploy.yml",
        ),
        ("job", "{workflow: a/b/c.yml, ref: a..b}", "2: a..b is not a branch or tag; write its name, as in main"),
        ("job", "{workflow: a/b/c.yml, inputs: {}}", "2: inputs is empty; write {to: previous}"),
        (
            "job",
            "{alias: shop-api}",
            "2: shop-api is not a function and its alias; write FUNCTION:ALIAS, as in shop-api:live",
        ),
        (
            "job",
            "{alias: 'shop:7'}",
            "2: shop:7 is not a function and its alias; write FUNCTION:ALIAS, as in shop-api:live",
        ),
    ],
)
def test_a_fault_of_a_target_says_what_would_be_right(kind, text, fault):
    assert target_fault(kind, text) == fault


HOST = "write a host by its full name, as in shop.example.com"
SECRET = "leave user and password out: no secret stands in a plan"
PORT = "leave the port out: only 443 is called"


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("http://shop.example.com", "write https://HOST/PATH: nothing else is called"),
        ("HTTPS://shop.example.com", "write https://HOST/PATH: nothing else is called"),
        ("shop.example.com/health", "write https://HOST/PATH: nothing else is called"),
        ("https://me:secret@shop.example.com/", SECRET),
        ("https://shop.example.com@evil.example.com/", SECRET),
        ("https://shop.example.com:8443/", PORT),
        ("https://shop.example.com:/", PORT),
        ("https://127.0.0.1/", HOST),
        ("https://2130706433/", HOST),
        ("https://0x7f.0.0.1/", HOST),
        ("https://127.1/", HOST),
        ("https://[::1]/", HOST),
        ("https://localhost/", HOST),
        ("https://shop.example.com./", HOST),
        ("https://shop_1.example.com/", HOST),
        ("https://shöp.example.com/", HOST),
        ("https:///health", HOST),
        ("https://shop.example.com\\@evil.example.com/", SECRET),
        ("https://shop.example.com\\.evil.example.com/", HOST),
        ("https://shop.example.com/a b", "write a path of ASCII letters, at most 500, without #"),
        ("https://shop.example.com/#top", "write a path of ASCII letters, at most 500, without #"),
        (f"https://shop.example.com/{'a' * 500}", "write a path of ASCII letters, at most 500, without #"),
    ],
)
def test_only_a_host_by_name_is_called_and_only_by_https(url, right):
    fault = target_fault("probe", f"{{https: '{url}'}}")
    assert fault.endswith(f" cannot be checked; {right}")


def test_a_name_is_a_probe_or_a_job():
    contents, faults = read("probes:\n  smoke: {lambda: a}\njobs:\n  smoke: {lambda: b}\n  back: {alias: a:live}\n")
    assert faults == ["4: smoke is a probe already, in line 2; give each its own name"]
    assert (contents.probes, contents.jobs) == ({"smoke"}, {"back"})
    assert contents.readable_targets() == [
        Target(name="smoke", call=LambdaCall(function="a")),
        Target(name="back", call=AliasBack(function="a", alias="live")),
    ]


@pytest.mark.parametrize("form", targets.FORMS, ids=lambda form: form.what)
def test_advice_is_given_for_what_is_not_in_the_language_alone(form):
    assert not set(form.keys) & (set(form.later) | set(form.instead))
    assert not set(form.later) & set(form.instead)
