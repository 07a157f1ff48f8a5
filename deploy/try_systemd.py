"""Follows deploy/README.md's way with systemd on a new Debian, and talks to the bot that comes of it, as far as that goes without systemd.

As root, on Debian with debootstrap: `make try-systemd`. Takes minutes: it installs a Debian into a folder, and in there, by the README's
own lines, the bot. Then it starts what the units start: as their user, with their environment, without powers, and with a root that is
read-only but for their own folders. Telegram is the fake one of the tests, on loopback; systemctl a stand-in that wants the unit files.
"""

from __future__ import annotations

import asyncio
import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.fake_telegram import SpawnedTelegram

HERE: Final = Path(__file__).parents[1]
STEPS: Final = re.compile(r"<!-- systemd:begin -->\n```\n(.*?)```\n<!-- systemd:end -->", re.DOTALL)
SYSTEMCTL: Final = """#!/bin/sh
[ "$1" = enable ] || exit 0
shift 2
for unit; do [ -f "/etc/systemd/system/$unit" ] || { echo "$unit: there is no such unit" >&2; exit 1; }; done
"""
LENT: Final = ("etc/resolv.conf", "etc/apt/apt.conf.d", "etc/pip.conf")
"""How this machine reaches Debian and PyPI; what of it is there."""
AUTHORITIES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
"""Whom this machine trusts: it may reach PyPI through a proxy of its own."""
PATIENCE: Final = 60.0
SAID: Final = "The last backup could not be completed"
SANDBOX: Final = """
mount --rbind "$ROOT" "$ROOT" && mount -o remount,bind,ro "$ROOT"
for folder in $WRITABLE; do mount --bind "$ROOT$folder" "$ROOT$folder" && mount -o remount,bind,rw "$ROOT$folder"; done
mount -t tmpfs tmpfs "$ROOT/tmp" && mount -t proc proc "$ROOT/proc"
exec chroot "$ROOT" setpriv --reuid="$AS" --regid="$AS" --init-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
    sh -c "cd $FOLDER && umask 0077 && exec env --ignore-environment $COMMAND"
"""


class Unit:
    """What a service file says of its process."""

    def __init__(self, name: str) -> None:
        read = configparser.RawConfigParser(strict=False)
        read.optionxform = str  # type: ignore[assignment, method-assign]
        read.read_string((HERE / "deploy" / name).read_text(encoding="utf-8"))
        self.service = read["Service"]

    def command(self, root: Path) -> tuple[list[str], dict[str, str]]:
        """How it is started on this root, and with which variables."""
        of = self.service
        state = f"/var/lib/{of['StateDirectory']}"
        subprocess.run(["chroot", root, "install", "-d", "-m", "700", "-o", of["User"], "-g", of["Group"], state], check=True)  # noqa: S603, S607
        variables = {
            "ROOT": str(root),
            "FOLDER": of["WorkingDirectory"],
            "WRITABLE": f"{state} {of.get('ReadWritePaths', '')}",
            "AS": of["User"],
            "COMMAND": f"{of['Environment']} {of['ExecStart']}",
        }
        return ["unshare", "--mount", "--ipc", "bash", "-euc", SANDBOX], {**os.environ, **variables}


async def main() -> None:
    """Do all of it in a folder that goes afterwards."""
    with TemporaryDirectory(prefix="try-systemd-") as name:
        root = Path(name)
        install_debian(root)
        async with SpawnedTelegram() as telegram:
            follow_readme(root, telegram.token)
            with (root / "opt/backup-medic/.env").open("a", encoding="utf-8") as settings:
                settings.write(f"\nTELEGRAM_API_URL={telegram.url}\n")
            command, variables = Unit("backup-medic.service").command(root)
            bot = await asyncio.create_subprocess_exec(*command, env=variables)
            try:
                await converse(telegram)
                tell("it answers; /readyz:", inside(root, "sudo -u backup-medic .venv/bin/python -m bot health --ready"))
                command, variables = Unit("backup-medic-backup.service").command(root)
                tell("the copy:", subprocess.run(command, env=variables, check=True, capture_output=True, text=True).stdout)  # noqa: ASYNC221, S603
            finally:
                if bot.returncode is None:
                    bot.terminate()
                ended = await asyncio.wait_for(bot.wait(), PATIENCE)
        if ended:
            sys.exit(f"it was told to stop, and ended with {ended}")
        tell("it stopped in order")


def install_debian(root: Path) -> None:
    """A Debian with nothing but the base, that reaches the archives as this machine does."""
    tell("installs Debian into", str(root))
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root], check=True, stdout=subprocess.DEVNULL)  # noqa: S603, S607
    for lent in LENT:
        if (Path("/") / lent).is_dir():
            shutil.copytree(Path("/") / lent, root / lent, dirs_exist_ok=True)
        elif (Path("/") / lent).exists():
            shutil.copy(Path("/") / lent, root / lent)
    shutil.copy(AUTHORITIES, root / "srv")
    subprocess.run(["git", "clone", "--quiet", "--bare", HERE, root / "srv" / "repository"], check=True)  # noqa: S603, S607
    stand_in = root / "usr/local/bin/systemctl"
    stand_in.write_text(SYSTEMCTL, encoding="utf-8")
    stand_in.chmod(0o755)
    inside(root, "apt-get update -qq && apt-get install -qq --yes --no-install-recommends adduser sudo", folder="/")


def follow_readme(root: Path, token: str) -> None:
    """The lines between the marks, in a shell that ends with the first that fails."""
    found = STEPS.search((HERE / "deploy" / "README.md").read_text(encoding="utf-8"))
    if found is None:
        sys.exit("deploy/README.md has no lines between the marks")
    tell("follows the README:\n" + found.group(1))
    inside(root, f"export REPOSITORY=file:///srv/repository TOKEN={shlex.quote(token)}\n{found.group(1)}", folder="/")


async def converse(telegram: SpawnedTelegram) -> None:
    """Somebody writes, and is answered."""
    ann = await telegram.user("Ann")
    await ann.chat.send(SAID)
    answer = await ann.chat.answer(PATIENCE)
    if not answer.labels:
        sys.exit(f"it answered without a button:\n{answer.text}")


def inside(root: Path, script: str, folder: str = "/opt/backup-medic") -> str:
    """Run a script as root on the new Debian; what it writes."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.lower().endswith("_proxy")}
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PIP_CERT": f"/srv/{AUTHORITIES.name}",
        "DEBIAN_FRONTEND": "noninteractive",
        "LC_ALL": "C.UTF-8",
    }
    command = ["chroot", str(root), "bash", "-euo", "pipefail", "-c", f"cd {folder}\n{script}"]
    done = subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"this failed:\n{script}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def tell(*words: str) -> None:
    print(*(word.strip() for word in words), flush=True)  # noqa: T201 - what this script is for


if __name__ == "__main__":
    asyncio.run(main())
