"""ICE servers from settings."""

from signaling.ice import IceServers


def test_without_settings_there_are_none_and_no_public_server_is_asked() -> None:
    servers = IceServers((), (), "")
    assert servers.for_user("amira") == []
    assert servers.configuration().iceServers == []


def test_stun_is_for_everybody_and_turn_comes_with_the_users_credentials() -> None:
    servers = IceServers(("stun:s.example",), ("turn:t.example", "turn:t.example?transport=tcp"), "secret")
    stun, turn = servers.for_user("amira")
    assert stun == {"urls": ["stun:s.example"]}
    assert turn["urls"] == ["turn:t.example", "turn:t.example?transport=tcp"]
    assert [server.urls for server in servers.configuration().iceServers or []] == ["stun:s.example"]


def turn_name(servers: IceServers, user_id: str | None) -> str:
    expiry, _, name = servers.for_user(user_id)[0]["username"].partition(":")
    assert expiry.isdigit()
    return str(name)


def test_the_turn_server_knows_a_user_again_but_not_by_name() -> None:
    servers = IceServers((), ("turn:t.example",), "secret")
    assert turn_name(servers, "amira") == turn_name(servers, "amira") != turn_name(servers, "أميرة")
    assert "amira" not in turn_name(servers, "amira")
    assert turn_name(servers, "أميرة").isascii()
    assert turn_name(IceServers((), ("turn:t.example",), "other"), "amira") != turn_name(servers, "amira")


def test_guests_do_not_share_a_quota() -> None:
    servers = IceServers((), ("turn:t.example",), "secret")
    assert turn_name(servers, None).startswith("guest-")
    assert turn_name(servers, None) != turn_name(servers, None)
