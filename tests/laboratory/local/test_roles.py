"""Programs of the demo's roles and of the simulator."""

from laboratory.local.roles import describe_roles, describe_simulator


def test_the_simulator_gets_the_api_key_by_its_environment_and_not_on_its_command_line(tmp_path):
    program = describe_simulator(tmp_path, "slx_live_1_secret", ["--vehicles", "5"])
    assert program.environment["SIMULATOR_API_KEY"] == "slx_live_1_secret"
    assert [word for word in program.command if "slx_live" in word] == []
    assert program.command[-2:] == ("--vehicles", "5")


def test_no_other_role_gets_the_api_key(tmp_path):
    assert [
        program.name for program in describe_roles(tmp_path) if "SIMULATOR_API_KEY" in program.environment
    ] == []
