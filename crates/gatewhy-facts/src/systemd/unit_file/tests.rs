use super::*;
use crate::systemd::environment_file;
use crate::systemd::recorded;

const QUOTING: &[u8] = include_bytes!("../../../tests/data/systemd/quoting@.service");
const RESET: &[u8] = include_bytes!("../../../tests/data/systemd/reset.service");
const RESET_A: &[u8] = include_bytes!("../../../tests/data/systemd/reset.service.d/a.conf");
const RESET_B: &[u8] = include_bytes!("../../../tests/data/systemd/reset.service.d/b.conf");
const VARIABLES: &[u8] = include_bytes!("../../../tests/data/systemd/environment");

fn read(bytes: &[u8]) -> UnitFile {
    parse(&HostPath::new("/etc/systemd/system/x.service"), bytes)
}

fn reset() -> Definition {
    merge([read(RESET), read(RESET_A), read(RESET_B)])
}

#[test]
fn arguments_as_real_programs_got_them() {
    let unit = UnitName::new("quoting@one-two.service");
    let whole = merge([read(QUOTING)]);
    let own = whole.environment(&unit);
    let files = environment_file::parse(&HostPath::new("/etc/shop/env"), VARIABLES);
    let variables = variables(&own, &files.assignments);
    let lines = whole.commands("ExecStart", &unit);
    let ours: Vec<Vec<String>> = lines
        .iter()
        .map(|command| command.line.with_variables(&variables).split_off(1))
        .collect();
    assert_eq!(ours, recorded::arguments("quoting"));
    assert_eq!(lines.len(), 7);
    assert!(lines[4].line.ignores_failure && lines[5].line.keeps_dollars);
    assert_eq!(lines[3].line.argv[0], "zeroth");
    assert!(lines.iter().all(|command| command.line.path == "/opt/argv"));
}

#[test]
fn variables_as_real_programs_got_them() {
    let unit = UnitName::new("quoting@one-two.service");
    let ours = recorded::as_map(&merge([read(QUOTING)]).environment(&unit));
    let got = recorded::environment("quoting");
    assert_eq!(ours.len(), 11);
    for (name, value) in ours {
        assert_eq!(got.get(&name), Some(&value), "{name}");
    }
}

#[test]
fn lines_are_told_by_their_first_one() {
    let whole = merge([read(QUOTING)]);
    let text = core::str::from_utf8(QUOTING).unwrap();
    let line_of = |start: &str| {
        text.lines()
            .position(|line| line.starts_with(start))
            .unwrap()
            + 1
    };
    let description = whole.last("Unit", "Description").unwrap();
    assert_eq!(description.value, "Quoting    of %i");
    assert_eq!(description.place.span.line as usize, line_of("Description"));
    let lines = whole.commands("ExecStart", &UnitName::default());
    assert_eq!(
        lines[0].place.span.line as usize,
        line_of("ExecStart=/opt/argv \"two")
    );
    assert_eq!(lines[3].place.span.line as usize, line_of("ExecStart=@"));
    let span = lines[3].place.span;
    assert_eq!(
        &text[span.start..span.end],
        "ExecStart=@/opt/argv zeroth one"
    );
}

#[test]
fn drop_ins_add_and_take_back() {
    let unit = UnitName::new("reset.service");
    let whole = reset();
    let lines = whole.commands("ExecStart", &unit);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].line.argv[1..], recorded::arguments("reset")[0]);
    assert!(whole.environment_files(&unit).is_empty());
    assert_eq!(whole.last("Service", "User"), None);
    assert_eq!(whole.made("Service", "User").count(), 2);
    assert_eq!(
        whole.last("Unit", "Description").unwrap().value,
        "From a drop-in"
    );
    let ours = recorded::as_map(&whole.environment(&unit));
    let got = recorded::environment("reset");
    assert_eq!(ours["ONE"], "changed");
    for (name, value) in ours {
        assert_eq!(got.get(&name), Some(&value), "{name}");
    }
    let both = merge([read(QUOTING)]).environment_files(&unit);
    assert_eq!(both[1].path.as_str(), "/etc/shop/none");
    assert!(both[1].may_miss && !both[0].may_miss);
}

#[test]
fn variables_are_shown_by_name_only() {
    let file = read(b"[Service]\nEnvironment=DB_PASSWORD=hunter2 \"A=b c\" odd\nUser=x\n");
    assert_eq!(file.settings[0].shown_value(), "DB_PASSWORD=… A=… odd");
    assert_eq!(file.settings[1].shown_value(), "x");
    assert!(!format!("{file:?}").contains("hunter2"));
}

#[test]
fn lines_that_systemd_ignores() {
    let file = read(b"User=early\n[Service\nUser\n=x\n[Service]\nA=\xff\nUser=late\\\\\nGroup=a\\");
    let lines: Vec<_> = file.problems.iter().map(|p| p.place.span.line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 6]);
    assert_eq!(file.settings[0].value, "late\\\\");
    assert_eq!(file.settings[1].value, "a");
    let broken = merge([read(b"[Service]\nExecStart=/bin/x 'a\n")]);
    let told = broken.broken_commands("ExecStart", &UnitName::default());
    assert_eq!(told[0].place.span.line, 2);
    assert!(
        broken
            .commands("ExecStart", &UnitName::default())
            .is_empty()
    );
}

proptest::proptest! {
    #[test]
    fn never_panics_and_stays_in_bounds(
        bytes: Vec<u8>, odd in "([A-C=\\[\\]\\\\#;% \"'\r]{0,12}\n){0,12}"
    ) {
        let unit = UnitName::new("x@y.service");
        for bytes in [bytes.as_slice(), odd.as_bytes()] {
            let file = read(bytes);
            let problems = file.problems.iter().map(|p| &p.place);
            for place in problems.chain(file.settings.iter().map(|s| &s.place)) {
                proptest::prop_assert!(place.span.start <= place.span.end);
                proptest::prop_assert!(place.span.end <= bytes.len());
            }
            let _ = merge([file]).environment(&unit);
        }
    }

    #[test]
    fn never_panics_on_commands(value in "[-@:;/a $%{}\\\\\"']{0,40}") {
        let text = format!("[Service]\nExecStart={value}\nEnvironmentFile={value}\n");
        let whole = merge([read(text.as_bytes())]);
        let unit = UnitName::new("x@y.service");
        let _ = (whole.commands("ExecStart", &unit), whole.environment_files(&unit));
        let _ = whole.broken_commands("ExecStart", &unit);
    }
}
