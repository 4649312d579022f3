"""Says which addresses may be called: none that lies inside, unless the operator allows its network.

A URL is checked when it is stored, and the address that its name resolves to again at every
connection, so that a name which points elsewhere by then (DNS rebinding) opens no door.

References
----------
IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 6890; RFC 6052 (NAT64).
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import idna

from api.errors import Bilingual, ConfigurationError
from api.settings import Settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a name; raises OSError when it has none."""

MAX_URL = 2000
_INSIDE_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's host agent under a public address
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_OUTSIDE_V6 = ipaddress.IPv6Network("2000::/3")
"""All that is handed out for the internet; NAT64, mapped, local and multicast addresses lie elsewhere."""
_INSIDE_V6 = tuple(
    ipaddress.IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")  # Teredo, documentation, 6to4
)
_INNER_NAMES = ("localhost", "local", "internal", "localdomain", "home.arpa", "intranet", "lan", "corp")
_UNFIT = re.compile(r"[\x00-\x20\x7f\\]")
_NUMBER = re.compile(r"(?:[0-9]+|0[xX][0-9a-fA-F]*)")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_INSIDE = (
    "the address is private, local or reserved; use one of the public internet, or let the operator "
    "allow its network (VOC_WEBHOOK_ALLOW_PRIVATE)",
    "プライベート・ローカル・予約済みのアドレスには送信できません。公開アドレスを指定するか、"
    "運用者に VOC_WEBHOOK_ALLOW_PRIVATE での許可を依頼してください",
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class RefusedAddressError(Exception):
    """An address must not be called.

    Parameters
    ----------
    en : str
        What was met and what was expected; it names no address that a name resolved to.
    ja : str
        The same in Japanese.
    """

    def __init__(self, en: str, ja: str) -> None:
        super().__init__(en)
        self.why = Bilingual(en, ja)


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What the operator allows: plain http, networks inside, and which ports (None: any)."""

    allow_http: bool = False
    allowed_networks: tuple[Network, ...] = ()
    ports: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL in its canonical form."""

    url: str
    scheme: str
    host: str
    port: int

    def shown(self) -> str:
        """Return the URL without what may be a secret: path and query are left out.

        Returns
        -------
        str
            For instance ``https://hooks.example.com/...``.
        """
        return f"{self.url.split('/', 3)[0]}//{self.url.split('/', 3)[2]}/..."


def rules_of(settings: Settings) -> AddressRules:
    """Read what the operator allows.

    Parameters
    ----------
    settings : Settings
        Holds `VOC_WEBHOOK_ALLOW_HTTP`, `VOC_WEBHOOK_ALLOW_PRIVATE` and `VOC_WEBHOOK_PORTS`.

    Returns
    -------
    AddressRules
        One per process.

    Raises
    ------
    ConfigurationError
        If a network or a port cannot be read.
    """
    networks: list[Network] = []
    for part in _parts(settings.webhook_allow_private):
        try:
            networks.append(ipaddress.ip_network(part))
        except ValueError:
            raise ConfigurationError(
                f"VOC_WEBHOOK_ALLOW_PRIVATE: met {part!r}; write networks such as 10.1.0.0/16, fd00::/8"
            ) from None
    ports = _parts(settings.webhook_ports)
    for part in ports:
        if not (part.isascii() and part.isdigit() and 0 < int(part) < 65536):
            raise ConfigurationError(f"VOC_WEBHOOK_PORTS: met {part!r}; write ports such as 443, 8443")
    return AddressRules(
        settings.webhook_allow_http,
        tuple(networks),
        frozenset(int(part) for part in ports) if ports else None,
    )


def read_url(text: str, rules: AddressRules) -> Target:
    """Check a URL as far as can be told without asking for its address.

    Parameters
    ----------
    text : str
        What a caller sent.
    rules : AddressRules
        What the operator allows.

    Returns
    -------
    Target
        With the host in lower case, in ASCII, without a trailing dot.

    Raises
    ------
    RefusedAddressError
        If it must not be called; says why.
    """
    if len(text) > MAX_URL or _UNFIT.search(text):
        raise RefusedAddressError(
            f"expected at most {MAX_URL} characters, no spaces, control characters or backslashes",
            f"空白・制御文字・バックスラッシュを含まない {MAX_URL} 文字以内の URL を指定してください",
        )
    try:
        parts = urlsplit(text)
        port = parts.port
        name = parts.hostname or ""
    except ValueError:
        raise RefusedAddressError("the URL cannot be read", "URL として読み取れません") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and rules.allow_http):
        raise RefusedAddressError("expected a URL with https://", "https:// で始まる URL を指定してください")
    if "@" in parts.netloc:
        raise RefusedAddressError(
            "the URL holds credentials; leave them out, messages are signed",
            "URL に認証情報を含めないでください。メッセージには署名が付きます",
        )
    if parts.fragment or text.endswith("#"):
        raise RefusedAddressError(
            "the URL holds a fragment; leave it out", "URL からフラグメント(#…)を除いてください"
        )
    if "[" in parts.netloc and ":" not in name:
        raise RefusedAddressError("the address cannot be read", "アドレスを読み取れません")
    port = _DEFAULT_PORTS[parts.scheme] if port is None else port
    if port == 0 or (rules.ports is not None and port not in rules.ports):
        raise RefusedAddressError(f"port {port} is not allowed here", f"ポート {port} は許可されていません")
    host = _read_host(name, rules)
    written = f"[{host}]" if ":" in host else host
    place = written if port == _DEFAULT_PORTS[parts.scheme] else f"{written}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    path = parts.path or "/"
    if not (path + query).isascii():
        raise RefusedAddressError(
            "path and query must be percent-encoded ASCII", "パスとクエリはパーセントエンコードしてください"
        )
    return Target(f"{parts.scheme}://{place}{path}{query}", parts.scheme, host, port)


def check_resolved(target: Target, rules: AddressRules, resolve: Resolver) -> list[str]:
    """Find the addresses of a target, and check each.

    Parameters
    ----------
    target : Target
        A checked URL.
    rules : AddressRules
        What the operator allows.
    resolve : Resolver
        Asks for the addresses of a name.

    Returns
    -------
    list[str]
        The addresses that may be connected to; all that the name has.

    Raises
    ------
    RefusedAddressError
        If the name has no address, or one of them must not be called.
    """
    if _literal(target.host) is not None:
        return [target.host]
    try:
        found = list(dict.fromkeys(resolve(target.host, target.port)))
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise RefusedAddressError(
            "the name has no address; check it", "ホスト名を解決できません。確認してください"
        )
    check_addresses(found, rules)
    return found


def check_addresses(addresses: Sequence[str], rules: AddressRules) -> None:
    """Check the addresses that a name has.

    Parameters
    ----------
    addresses : Sequence[str]
        As the resolver wrote them.
    rules : AddressRules
        What the operator allows.

    Raises
    ------
    RefusedAddressError
        If one of them must not be called: a name that points inside as well as outside is not trusted.
    """
    if not all(is_allowed(_read_address(address), rules) for address in addresses):
        raise RefusedAddressError(*_INSIDE)


def is_allowed(address: Address, rules: AddressRules) -> bool:
    """Tell whether an address may be connected to.

    Parameters
    ----------
    address : Address
        Where a connection would go.
    rules : AddressRules
        What the operator allows.

    Returns
    -------
    bool
        True for an address of the public internet, or of an allowed network.
    """
    if any(address in network for network in rules.allowed_networks):
        return True
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _INSIDE_V4)
    if address.scope_id is not None or address not in _OUTSIDE_V6:
        return False
    return not any(address in network for network in _INSIDE_V6)


def resolve_by_system(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a name.

    Parameters
    ----------
    host : str
        The name.
    port : int
        Where a connection would go.

    Returns
    -------
    list[str]
        IPv4 and IPv6, in the order of preference.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(item[4][0]) for item in found]


def _read_host(name: str, rules: AddressRules) -> str:
    """Return a host in its canonical form; refuse what lies inside or is written to deceive."""
    if ":" in name:
        literal = _literal(name)
        if literal is None:
            raise RefusedAddressError("the address cannot be read", "アドレスを読み取れません")
        if not is_allowed(literal, rules):
            raise RefusedAddressError(*_INSIDE)
        return str(literal)
    try:
        ascii_name = name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise RefusedAddressError(
            "the host cannot be written in ASCII (IDNA)", "ホスト名を IDNA に変換できません"
        ) from None
    host = ascii_name.lower().removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        literal = _literal(host)
        if literal is None:
            raise RefusedAddressError(
                "the host is a number in an unusual form; write four decimal numbers with dots, or a name",
                "ホストが数値の特殊な表記です。ドット区切りの 10 進表記かホスト名を指定してください",
            )
        if not is_allowed(literal, rules):
            raise RefusedAddressError(*_INSIDE)
        return host
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise RefusedAddressError("the host is not a name or an address", "ホスト名が正しくありません")
    _check_idna(labels)
    if not rules.allowed_networks and (
        len(labels) == 1 or any(host == inner or host.endswith(f".{inner}") for inner in _INNER_NAMES)
    ):
        raise RefusedAddressError(*_INSIDE)
    return host


def _check_idna(labels: Sequence[str]) -> None:
    """Refuse punycode that stands for nothing, or for digits that a resolver might read as an address."""
    for label in labels:
        if not label.startswith("xn--"):
            continue
        try:
            idna.ulabel(label)
        except (idna.IDNAError, UnicodeError):
            raise RefusedAddressError(
                "the host holds broken punycode", "ホスト名の Punycode が正しくありません"
            ) from None


def _literal(host: str) -> Address | None:
    """Read an address in its usual form; None when it is a name or an odd form."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _read_address(text: str) -> Address:
    """Read what a resolver answered."""
    literal = _literal(text)
    if literal is None:
        raise RefusedAddressError("the address cannot be read", "アドレスを読み取れません")
    return literal


def _parts(text: str | None) -> list[str]:
    """Split a list with commas."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]
