"""Which addresses may be called: a long table of those that may not, in all the ways they are written."""

from ipaddress import ip_address, ip_network

import pytest

from api.errors import ConfigurationError
from api.settings import Settings
from api.webhooks.addresses import (
    AddressRules,
    RefusedAddressError,
    check_resolved,
    is_allowed,
    read_url,
    rules_of,
)
from tests.api.webhooks.bench import by_name

STRICT = AddressRules()
INSIDE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:5ef5:79fd::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:0808:0808::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "5f00::1",
]
OUTSIDE = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "172.15.255.255", "100.128.0.1"]
OUTSIDE_V6 = ["2606:4700:4700::1111", "2001:4860:4860::8888", "2400:cb00::1", "2a00:1450::1"]


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_refused_however_they_come(address: str) -> None:
    assert not is_allowed(ip_address(address), STRICT)
    written = f"[{address}]" if ":" in address else address
    with pytest.raises(RefusedAddressError):
        read_url(f"https://{written}/", STRICT)
    target = read_url("https://hooks.example.com/", STRICT)
    with pytest.raises(RefusedAddressError):
        check_resolved(target, STRICT, by_name(hooks_example_com=["8.8.8.8", address]))


@pytest.mark.parametrize("address", [*OUTSIDE, *OUTSIDE_V6])
def test_addresses_of_the_internet_are_allowed(address: str) -> None:
    assert is_allowed(ip_address(address), STRICT)
    written = f"[{address}]" if ":" in address else address
    target = read_url(f"https://{written}/", STRICT)
    assert check_resolved(target, STRICT, by_name()) == [address]


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7f.1",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "127.0.0.01",
        "127.0.0.1.",
        "127.0.0.1..",
        "8.8.8.8.8",
        "256.1.1.1",
        "0",
        "0x",
        "00000000177.0.0.1",
        "3232235777",
        "１２７.0.0.1",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "127.0.0.1%00.example.com",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "ｌｏｃａｌｈｏｓｔ",
        "metadata",
        "metadata.google.internal",
        "metadata.google.internal.",
        "printer.local",
        "router.home.arpa",
        "db.internal",
        "intranet",
        "example..com",
        ".example.com",
        "-a.example.com",
        "a-.example.com",
        "a" * 64 + ".example.com",
        "xn--.example.com",
        "xn--a.example.com",
        "xn--0.example.com",
        "exa mple.com",
        "ex\tample.com",
        "example.com\\@127.0.0.1",
        "[::1",
        "[::1]x",
        "[v1.a]",
        "",
        ".",
        "*",
        "a,b.example.com",
        "\ud800.example.com",
    ],
)
def test_hosts_that_deceive_are_refused(host: str) -> None:
    with pytest.raises(RefusedAddressError):
        read_url(f"https://{host}/", STRICT)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "HTTP://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "//example.com/",
        "example.com",
        "https:example.com",
        "https:/example.com",
        "https:///example.com",
        "https://",
        "https://user@example.com/",
        "https://user:pass@example.com/",
        "https://@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com#@127.0.0.1/",
        "https://example.com/#fragment",
        "https://example.com/#",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:-1/",
        "https://example.com:x/",
        "https://example.com/\r\nHost: inner",
        "https://example.com/a b",
        "https://example.com/\x00",
        "https://example.com/通知",
        "https://example.com/?q=通知",
        "https://example.com/" + "a" * 2000,
        " https://example.com/",
        "",
    ],
)
def test_urls_of_another_kind_are_refused(url: str) -> None:
    with pytest.raises(RefusedAddressError) as caught:
        read_url(url, STRICT)
    assert caught.value.why.en
    assert caught.value.why.ja


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://Hooks.Example.COM", "https://hooks.example.com/"),
        ("https://hooks.example.com./in?a=1", "https://hooks.example.com/in?a=1"),
        ("https://hooks.example.com:443/", "https://hooks.example.com/"),
        ("https://hooks.example.com:8443/", "https://hooks.example.com:8443/"),
        ("https://通知.example.jp/", "https://xn--k7y792c.example.jp/"),
        ("https://xn--k7y792c.example.jp/", "https://xn--k7y792c.example.jp/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:4700:0::1111]/", "https://[2606:4700:4700::1111]/"),
    ],
)
def test_urls_are_stored_in_one_form(url: str, canonical: str) -> None:
    assert read_url(url, STRICT).url == canonical


def test_what_the_operator_allows() -> None:
    rules = rules_of(
        Settings(
            webhook_allow_http=True, webhook_allow_private="10.1.0.0/16, ::1/128", webhook_ports="443, 8080"
        )
    )
    assert read_url("http://10.1.2.3:8080/", rules).port == 8080
    assert read_url("https://[::1]/", rules).host == "::1"
    assert read_url("https://intranet/", rules).host == "intranet"
    for url in ("https://10.2.0.1/", "http://10.1.2.3/", "https://127.0.0.1/", "https://10.1.2.3:22/"):
        with pytest.raises(RefusedAddressError):
            read_url(url, rules)
    assert rules_of(Settings()) == STRICT
    assert AddressRules(allowed_networks=(ip_network("10.1.0.0/16"),)).ports is None


@pytest.mark.parametrize(
    "wrong",
    [{"webhook_allow_private": "10.1.2.3/16"}, {"webhook_allow_private": "all"}, {"webhook_ports": "0"}],
)
def test_a_wrong_setting_stops_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="VOC_WEBHOOK"):
        rules_of(Settings.model_validate(wrong))


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(RefusedAddressError, match="no address"):
        check_resolved(read_url("https://hooks.example.com/", STRICT), STRICT, by_name())
