"""What deploy/ and the runbook name is what the code has, and the other way round. Their form is looked at by deploy/check.py."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import yaml
from starlette.routing import Route, Router

from bot.cli import main
from bot.metrics import ALL, PREFIX, Histogram
from bot.settings import READERS, Settings, load_settings
from bot.store.sqlite import open_sqlite
from bot.transports.exporting import Exporter
from bot.transports.webhook import webhook_of

ROOT: Final = Path(__file__).parents[1]
DEPLOY: Final = ROOT / "deploy"
OURS: Final = {name.upper() for name in READERS}
OF_OTHERS: Final = {
    "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "SSL_CERT_FILE",
    "BOT_DOMAIN", "POSTGRES_INITDB_ARGS", "POSTGRES_PASSWORD", "POSTGRES_USER",
    "AF_INET", "AF_UNIX", "DAC_OVERRIDE", "NET_BIND_SERVICE", "CI_NO_SKIPS", "YOUR_HOST",
}  # fmt: skip
"""Words in capitals that name no setting of ours."""
SUFFIXES: Final = ("_bucket", "_count", "_sum")
OF_PROCESS: Final = {
    "process_cpu_seconds_total", "process_max_fds", "process_open_fds", "process_resident_memory_bytes", "process_start_time_seconds",
}  # fmt: skip
"""Metrics of Prometheus's own library."""
SELECTOR: Final = re.compile(r"([a-z][a-z_]+)\{([^}]*)\}")
MATCHER: Final = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')


@cache
def texts() -> dict[str, str]:
    """The files by which somebody runs the bot, lock files and scripts apart."""
    kept = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file() and path.suffix not in {".py", ".pyc", ".txt"}]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in [*kept, ROOT / "docs" / "runbook.md"]}


@cache
def loaded(path: str) -> Any:
    return yaml.load((DEPLOY / path).read_bytes(), Loader=yaml.CSafeLoader)


@cache
def manifests() -> dict[str, Any]:
    """Each Kubernetes manifest by its kind."""
    found = [yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) for path in sorted((DEPLOY / "kubernetes").rglob("*.yaml"))]
    return {one["kind"]: one for one in found}


def services(file: str) -> dict[str, dict[str, Any]]:
    return dict(loaded(file)["services"])


def containers() -> list[dict[str, Any]]:
    """All containers of the manifests."""
    pods = [manifests()[kind]["spec"]["template"]["spec"] for kind in ("Deployment", "Job")]
    return [one for pod in pods for one in (*pod["containers"], *pod.get("initContainers", []))]


def in_lines(text: str) -> dict[str, str]:
    """The variables of a file of the form of .env."""
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))


def environments() -> dict[str, dict[str, str]]:
    """The settings as each way gives them to the bot."""
    image = dict(re.findall(r"([A-Z_]+)=(\S+)", re.findall(r"^ENV (.*?[^\\])$", texts()["deploy/Dockerfile"], re.MULTILINE | re.DOTALL)[0]))
    file = in_lines(texts()["deploy/bot.env.example"])
    behind = services("compose.webhook.yaml")["bot"]["environment"]
    of = manifests()
    return {
        "compose": {**image, **file},
        "compose.webhook": {
            **image,
            **file,
            "WEBHOOK_SECRET": "s",
            **{name: re.sub(r"\$\{.*?\}", "x", text) for name, text in behind.items()},
        },
        "kubernetes": {**image, **of["ConfigMap"]["data"], **of["Secret"]["stringData"], "WEBHOOK_SECRET": "s"},
    }


# --- settings --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", environments())
def test_what_is_set_there_can_be_read(way: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = environments()[way]
    assert set(given) <= OURS | OF_OTHERS
    monkeypatch.chdir(tmp_path)  # no .env here
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    for name in set(given) & OURS:
        monkeypatch.setenv(name, given[name])
    settings = load_settings()
    assert settings.metrics_port == 9464
    assert (settings.webhook_url is None) == (way == "compose")
    assert settings.database_url.startswith("sqlite:////data/" if way == "compose" else "postgresql://")


@pytest.mark.parametrize("file", texts())
def test_settings_that_are_named_exist(file: str) -> None:
    named = set(re.findall(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b", texts()[file]))
    assert named - OURS - OF_OTHERS == set()


def test_the_example_holds_every_setting_and_nothing_else() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) == OURS


def test_the_units_start_what_the_readme_installs() -> None:
    readme = texts()["deploy/README.md"]
    [clone] = re.findall(r'^git clone "\$REPOSITORY" (\S+)$', readme, re.MULTILINE)
    for unit in DEPLOY.glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        assert re.findall(r"^WorkingDirectory=(.*)$", text, re.MULTILINE) == [clone]
        [start] = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
        assert start.startswith(f"{clone}/.venv/bin/python -m bot ")
    for file in [*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")]:
        assert f"deploy/{file.name} " in readme


# --- ports, paths, commands ------------------------------------------------------------------------------------------------


@pytest.fixture
def routes() -> dict[str, set[str]]:
    """The paths that a bot behind a webhook serves, by the names of its ports."""
    store = open_sqlite(None)

    async def well() -> str:
        return ""

    settings = Settings(webhook_url=manifests()["ConfigMap"]["data"]["WEBHOOK_URL"], webhook_secret="s")
    apps = {"http": webhook_of(settings, store).routes, "metrics": Exporter(store, well, int, lambda: int(time.time())).app}
    return {name: _paths(app) for name, app in apps.items()}


def _paths(app: Router) -> set[str]:
    return {route.path for route in app.routes if isinstance(route, Route)}


def test_probes_and_scrapes_ask_for_what_is_served(routes: dict[str, set[str]]) -> None:
    [bot] = manifests()["Deployment"]["spec"]["template"]["spec"]["containers"]
    for kind, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        probe = bot[kind]["httpGet"]
        assert probe["path"] == path
        assert path in routes[probe["port"]]
    [scrape] = manifests()["ServiceMonitor"]["spec"]["endpoints"]
    assert scrape["path"] in routes[scrape["port"]]
    assert "/metrics" not in routes["http"]


def test_the_ports_are_those_of_the_bot() -> None:
    private = int(environments()["compose"]["METRICS_PORT"])
    both = {"http": Settings().port, "metrics": private}
    of = manifests()
    [bot] = of["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert {port["name"]: port["containerPort"] for port in bot["ports"]} == both
    assert {port["targetPort"] for port in of["Service"]["spec"]["ports"]} == {"http", "metrics"}
    allowed = [port["port"] for rule in of["NetworkPolicy"]["spec"]["ingress"] for port in rule["ports"]]
    assert sorted(allowed) == sorted(both.values())
    assert f"\nEXPOSE {Settings().port} {private}\n" in texts()["deploy/Dockerfile"]
    assert f"reverse_proxy bot:{Settings().port}\n" in texts()["deploy/Caddyfile"]
    assert f"#METRICS_PORT={private}\n" in (ROOT / ".env.example").read_text(encoding="utf-8")
    for file, text in texts().items():
        assert set(re.findall(r"(?:bot|127\.0\.0\.1):(\d+)", text)) <= {str(port) for port in both.values()}, file


def test_the_webhook_has_one_path(routes: dict[str, set[str]]) -> None:
    [rule] = manifests()["Ingress"]["spec"]["rules"]
    [path] = rule["http"]["paths"]
    address = urlsplit(manifests()["ConfigMap"]["data"]["WEBHOOK_URL"])
    assert (rule["host"], path["path"]) == (address.hostname, address.path)
    assert path["backend"]["service"]["port"]["name"] == "http"
    assert address.path in routes["http"]
    assert environments()["compose.webhook"]["WEBHOOK_URL"].endswith(address.path)
    assert f"handle {address.path} {{" in texts()["deploy/Caddyfile"]


def test_commands_exist() -> None:
    named = [(file, name) for file, text in texts().items() for name in re.findall(r"-m bot ([a-z]+)", text)]
    named += [("kubernetes", one["args"][0]) for one in containers()]
    ours = [
        one for file in ("compose.yaml", "compose.webhook.yaml") for one in services(file).values() if one.get("image") == "backup-medic"
    ]
    named += [("compose", word) for one in ours for word in one.get("command", [])]
    assert {"run", "setup", "migrate", "backup", "health"} <= {name for _, name in named}
    assert [(file, name) for file, name in named if name not in main.commands] == []


# --- metrics, alerts, dashboard --------------------------------------------------------------------------------------------


def names_of_metrics() -> dict[str, tuple[str, ...]]:
    """Every name under which a metric of ours can be asked for, with its labels."""
    found: dict[str, tuple[str, ...]] = {}
    for metric in ALL:
        endings = SUFFIXES if isinstance(metric, Histogram) else ("",)
        found |= {f"{PREFIX}{metric.name}{ending}": metric.labels + (("le",) if ending == "_bucket" else ()) for ending in endings}
    return found


def queries() -> Iterator[tuple[str, str]]:
    """Every expression of alerts, their scenarios and the dashboard, with its place."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for scenario in loaded("prometheus/alerts.test.yaml")["tests"]:
        yield from ((scenario["name"], one["series"]) for one in scenario["input_series"])
    for panel in board()["panels"]:
        yield from ((panel["title"], target["expr"]) for target in panel.get("targets", []))


def rules() -> list[dict[str, Any]]:
    return list(loaded("prometheus/alerts.yaml")["groups"][0]["rules"])


@cache
def board() -> dict[str, Any]:
    return dict(json.loads((DEPLOY / "grafana" / "dashboard.json").read_text(encoding="utf-8")))


def test_what_is_asked_for_is_measured() -> None:
    """Each metric, label and value of a label in a query exists."""
    known, code = names_of_metrics(), "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    wrong = []
    for place, expression in queries():
        for name, matchers in SELECTOR.findall(expression):
            if name not in known and name not in OF_PROCESS | {"up"}:
                wrong.append(f"{place}: no metric {name}")
            for label, _, values in MATCHER.findall(matchers):
                if label in {"job", "instance"}:
                    continue
                if label not in known.get(name, ()):
                    wrong.append(f"{place}: {name} has no label {label}")
                if label != "le":
                    wrong += [f"{place}: {label} is never {value}" for value in values.split("|") if f'"{value}"' not in code]
        wrong += [f"{place}: {name} without a selector" for name in re.findall(rf"\b{PREFIX}\w+\b(?!\{{)", expression)]
    assert wrong == []


def test_metrics_in_documents_exist_and_each_has_its_place() -> None:
    documents = {path.name: path.read_text(encoding="utf-8") for path in [*(ROOT / "docs").glob("*.md"), DEPLOY / "README.md"]}
    plain = {PREFIX + metric.name for metric in ALL}
    for name, text in documents.items():
        assert set(re.findall(rf"\b{PREFIX}[a-z_]+", text)) <= plain | set(names_of_metrics()), name
    rows = re.findall(rf"^\| `({PREFIX}[a-z_]+)", documents["observability.md"], re.MULTILINE)
    assert sorted(rows) == sorted(plain)


def test_every_alert_has_its_section_and_its_scenarios() -> None:
    sections = re.findall(r"^### (BackupMedic\w+)$", texts()["docs/runbook.md"], re.MULTILINE)
    assert sections == [rule["alert"] for rule in rules()]
    looks = [look for scenario in loaded("prometheus/alerts.test.yaml")["tests"] for look in scenario["promql_expr_test"]]
    fired = {alert for look in looks for sample in look["exp_samples"] for alert in re.findall(r'alertname="(\w+)"', sample["labels"])}
    assert fired == set(sections)
    for rule in rules():
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}


def test_the_panels_lie_side_by_side() -> None:
    """No two panels share a number or a place, and each says what it shows."""
    panels = board()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["type"] == "row" or panel["description"]


# --- as little power as possible, and links -------------------------------------------------------------------------------


def test_nothing_in_a_container_has_more_power_than_it_needs() -> None:
    for one in containers():
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert one["resources"]["limits"]["memory"]
    for file in ("compose.yaml", "compose.webhook.yaml"):
        for name, one in services(file).items():
            assert (one["read_only"], one["cap_drop"], one["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"]), name
            assert one["mem_limit"], name
            assert name == "caddy" or "ports" not in one


def test_the_services_of_systemd_have_no_more_power_than_they_need() -> None:
    needed = {
        *(
            "User=backup-medic",
            "NoNewPrivileges=yes",
            "CapabilityBoundingSet=",
            "ProtectSystem=strict",
            "ProtectHome=yes",
            "PrivateTmp=yes",
        ),
        *("PrivateDevices=yes", "UMask=0077", "RestrictNamespaces=yes", "MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service"),
    }
    for unit in ("backup-medic.service", "backup-medic-backup.service"):
        assert needed - set(texts()[f"deploy/{unit}"].splitlines()) == set(), unit
    assert "MemoryMax=512M" in texts()["deploy/backup-medic.service"].splitlines()


def test_there_is_one_user() -> None:
    [user] = re.findall(r"^USER (\d+):\1$", texts()["deploy/Dockerfile"], re.MULTILINE)
    pods = [manifests()[kind]["spec"]["template"]["spec"]["securityContext"] for kind in ("Deployment", "Job")]
    assert {(pod["runAsUser"], pod["runAsGroup"], pod["runAsNonRoot"]) for pod in pods} == {(int(user), int(user), True)}
    assert f"uid={user},gid={user}" in texts()["deploy/compose.webhook.yaml"]


def test_the_image_takes_what_the_build_is_given() -> None:
    given = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    copied = set(re.findall(r"^COPY (?!--from)(\S+)", texts()["deploy/Dockerfile"], re.MULTILINE))
    assert copied == given
    assert all((ROOT / path).exists() for path in given)


def test_the_kustomization_holds_all_but_the_example() -> None:
    files = {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")}
    assert set(manifests()["Kustomization"]["resources"]) == files - {"kustomization.yaml", "secret.example.yaml"}


def test_links_into_the_runbook_meet_a_heading() -> None:
    headings = re.findall(r"^##+ (.*)$", texts()["docs/runbook.md"], re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    linked = {(file, anchor) for file, text in texts().items() for anchor in re.findall(r"runbook\.md#([\w-]+)", text)}
    linked |= {("runbook", anchor) for anchor in re.findall(r"\]\(#([\w-]+)\)", texts()["docs/runbook.md"])}
    assert {(file, anchor) for file, anchor in linked if anchor not in anchors} == set()
