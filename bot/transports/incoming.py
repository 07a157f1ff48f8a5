"""What our web servers ask of every request: whence it comes, and its body within limits."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Final

from starlette.requests import Request

if TYPE_CHECKING:
    from bot.settings import Networks

BODY_SECONDS: Final = 10.0
"""How long the body of a request may take to arrive."""

Address = IPv4Address | IPv6Address


def sender_of(request: Request, proxies: Networks) -> Address | None:
    """Who sent a request: the last one named that is none of the trusted proxies."""
    forwarded = [part for value in request.headers.getlist("X-Forwarded-For") for part in value.split(",")]
    address = address_of(request.client.host if request.client else "")
    while forwarded and within(address, proxies):
        address = address_of(forwarded.pop())
    return address


def address_of(text: str) -> Address | None:
    """An address; IPv4 written as IPv6 is IPv4. None for what is none."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def within(address: Address | None, networks: Networks) -> bool:
    return address is not None and any(address in network for network in networks)


async def body_of(request: Request, largest: int) -> bytes | None:
    """The body; None if it is too large. Raises TimeoutError when it does not come, and Starlette's ClientDisconnect."""
    parts, size = [], 0
    async with asyncio.timeout(BODY_SECONDS):
        async for part in request.stream():
            size += len(part)
            if size > largest:
                return None
            parts.append(part)
    return b"".join(parts)
