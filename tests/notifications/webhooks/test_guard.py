"""Guard: which URLs and addresses may get webhooks."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.webhooks.guard import (
    PUBLIC_URL,
    AddressRefusedError,
    Target,
    check_addresses,
    check_host,
    is_global,
    read_url,
)

PUBLIC = Target("https", "hooks.example.com", 443, "/in?a=1", loopback_only=False)
LOCAL = Target("http", "127.0.0.1", 8080, "/", loopback_only=True)
REFUSED = (
    "0.0.0.0 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.8.8.8 168.63.129.16 169.254.169.254 172.16.0.1"
    " 192.0.0.192 192.168.1.1 198.18.0.1 203.0.113.7 224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255"
    " :: ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1"
    " 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::808:808 2002:7f00:1:: 2002:a9fe:a9fe::1"
    " 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254"
    " fe80::1 fe80::1%1 fec0::1 ff02::1"
).split()
GLOBAL = "8.8.8.8 93.184.216.34 2606:4700:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1".split()


def test_a_public_url_is_read_into_its_parts():
    assert read_url("https://hooks.example.com/in?a=1", allow_loopback=False) == PUBLIC
    assert read_url("https://Hooks.Example.com.:443/in?a=1", allow_loopback=False) == PUBLIC


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://hooks.example.com:8443/",
        "https://hooks.example.com:0/",
        "https://user:word@hooks.example.com/",
        "https://@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com:port/",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com/ HTTP/1.1",
        "https://hooks.example.com/\r\nHost: other",
        "https://höoks.example.com/",
        "https://[::1",
        "https:///in",
        "ftp://hooks.example.com/",
        "//hooks.example.com/",
        "",
        "https://hooks.example.com/" + "x" * 2000,
    ],
)
def test_any_other_url_is_refused(url):
    with pytest.raises(AddressRefusedError):
        read_url(url, allow_loopback=False)


@pytest.mark.parametrize(
    "host",
    "localhost 127.0.0.1 10.0.0.1 [::1] [fe80::1] [::ffff:10.0.0.1] 169.254.169.254 intranet 127.1 0x7f.1"
    " 1.2.3.04 2130706433 hooks.0x1".split(),
)
def test_a_host_that_is_no_public_name_is_refused_without_looking_it_up(host):
    url = f"https://{host}/in"
    target = read_url(url, allow_loopback=False)
    with pytest.raises(AddressRefusedError):
        check_host(target, allow_loopback=False)
    assert re.search(PUBLIC_URL, url) is None


def test_public_names_and_addresses_are_accepted_and_loopback_by_the_local_setting():
    for url in ("https://hooks.example.com/in", "https://8.8.8.8/", "https://a-1.example.co.in:443"):
        check_host(read_url(url, allow_loopback=False), allow_loopback=False)
    for url in ("http://localhost:8080/in", "https://127.0.0.1/", "http://[::1]:1/"):
        check_host(read_url(url, allow_loopback=True), allow_loopback=True)
    for url in ("http://hooks.example.com/in", "http://10.0.0.1:80/"):
        with pytest.raises(AddressRefusedError):
            check_host(read_url(url, allow_loopback=True), allow_loopback=True)


@given(st.from_regex(PUBLIC_URL))
def test_every_url_that_the_document_allows_is_accepted(url):
    check_host(read_url(url.rstrip("\n"), allow_loopback=False), allow_loopback=False)


def test_the_local_setting_allows_http_and_other_ports_on_loopback_alone():
    assert read_url("http://127.0.0.1:8080", allow_loopback=True) == LOCAL
    check_addresses(["127.0.0.1", "::1"], LOCAL, allow_loopback=True)
    for address in ("8.8.8.8", "10.0.0.1", "169.254.169.254"):
        with pytest.raises(AddressRefusedError):
            check_addresses([address], LOCAL, allow_loopback=True)


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused_also_among_public_ones(address):
    with pytest.raises(AddressRefusedError):
        check_addresses(["8.8.8.8", address], PUBLIC, allow_loopback=False)


def test_public_addresses_are_accepted():
    check_addresses(GLOBAL, PUBLIC, allow_loopback=False)
    assert [address for address in GLOBAL if not is_global(ip_address(address))] == []


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_counts_the_same_in_every_ipv6_form(address):
    number = int(address)
    forms = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(int(IPv6Address("64:ff9b::")) | number),
        IPv6Address(0x2002 << 112 | number << 80),
    ]
    assert [is_global(form) for form in forms] == [is_global(address)] * 3


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="169.254.0.0/16"))
def test_no_private_or_link_local_address_is_global(address):
    assert not is_global(IPv4Address(address))
