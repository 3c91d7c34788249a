"""Code path of one status record stays short: few files, one after the other."""

from tests.workers.line.code_path import trace_status_record

# Measured the same way before the line was rebuilt: 171 switches between files, 98 between packages.
# Traces, latency receipts and canaries then added 17 and 9 to 160 and 85.
MAX_FILE_SWITCHES, MAX_PACKAGE_SWITCHES = 177, 94


def test_one_status_record_switches_rarely_between_files_and_packages(record_testsuite_property):
    path = trace_status_record()
    record_testsuite_property("code path", path.describe())
    assert path.file_switches <= MAX_FILE_SWITCHES, path.describe()
    assert path.package_switches <= MAX_PACKAGE_SWITCHES, path.describe()
