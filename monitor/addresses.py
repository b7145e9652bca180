"""Which addresses belong to the public Internet, and which hosts are written as addresses."""

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# What `ipaddress` of some supported Python calls global though it is not (IANA special registries).
_NOT_PUBLIC_4 = tuple(
    map(ipaddress.IPv4Network, ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24"))
)
_NOT_PUBLIC_6 = tuple(map(ipaddress.IPv6Network, ("2001:db8::/32", "3fff::/20")))
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")  # all that is assigned for the public (RFC 4291)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


def is_private_literal(host: str) -> bool:
    """Whether a host is written as an address that is not public."""
    address = literal(host)
    return address is not None and not is_public(address)


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to the public Internet.

    Not so are loopback, private, link-local, shared (RFC 6598), multicast, unspecified and reserved
    addresses. IPv6 forms that carry an IPv4 address (mapped, 6to4, NAT64) are judged by that one.
    """
    if isinstance(address, ipaddress.IPv4Address):
        special = any(address in network for network in _NOT_PUBLIC_4)
        return address.is_global and not (special or address.is_multicast or address.is_reserved)
    inner = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(inner)
    special = any(address in network for network in _NOT_PUBLIC_6)
    return address in _UNICAST_6 and address.is_global and not special


def literal(host: str) -> IPAddress | None:
    """The address that a host is written as, None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
