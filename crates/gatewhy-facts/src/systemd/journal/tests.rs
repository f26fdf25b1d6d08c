use super::*;
use crate::systemd::exit::Exit;
use crate::systemd::show::ServiceResult;
use UnitEvent as E;

/// The journal of a real host (systemd 252) whose units broke in many ways.
const RECORDED: &[u8] = include_bytes!("../../../tests/data/systemd/journal.json");
/// What one unit printed: bytes, escapes, a priority; and a line that was too long.
const OUTPUT: &[u8] = include_bytes!("../../../tests/data/systemd/journal-output.json");

fn journal_of(unit: &str) -> Journal {
    let mut journal = parse(RECORDED);
    assert_eq!(journal.unreadable_lines, 0);
    journal
        .entries
        .retain(|entry| entry.unit.as_deref() == Some(unit));
    journal
}

fn events_of(unit: &str) -> Vec<UnitEvent> {
    let events: Vec<_> = journal_of(unit).events().map(|(_, event)| event).collect();
    assert!(!events.is_empty(), "nothing was recorded of {unit}");
    events
}

fn failed(word: &str) -> UnitEvent {
    E::FailedWith(ServiceResult::from_word(word))
}

#[test]
fn a_crash_loop_until_systemd_gives_up() {
    let events = events_of("loop.service");
    assert_eq!(
        events[..4],
        [
            E::Started,
            E::MainExited(Exit::Code(3)),
            failed("exit-code"),
            E::RestartScheduled { counter: Some(1) }
        ]
    );
    let last = events.len() - 3;
    assert_eq!(
        events[last..],
        [E::StartTooQuick, failed("exit-code"), E::StartFailed]
    );
    assert!(gave_up(&journal_of("loop.service")));
    assert!(gave_up(&journal_of("limit.service")));
    assert!(!gave_up(&journal_of("waiting.service")));
    assert!(!gave_up(&journal_of("ok.service")));
}

#[test]
fn signals_by_strangers_by_the_watchdog_and_after_a_slow_stop() {
    assert_eq!(
        events_of("segv.service"),
        [
            E::Started,
            E::MainExited(Exit::Signal(11)),
            failed("signal")
        ]
    );
    assert!(events_of("abrt.service").contains(&E::MainExited(Exit::Dumped(6))));
    assert!(
        events_of("killed.service")
            .iter()
            .any(|event| matches!(event, E::SignalOnRequest { .. }))
    );
    let watchdog = events_of("watchdog.service");
    assert!(watchdog.contains(&E::Watchdog { limit: "1s".into() }));
    assert!(watchdog.contains(&failed("watchdog")));
    let stubborn = events_of("stubborn.service");
    let state = "stop-sigterm".into();
    assert!(stubborn.contains(&E::StopTimeout { state }));
    assert!(stubborn.iter().any(|event| matches!(event,
        E::ProcessKilled { comm, signal, pid: Some(_) } if comm == "sh" && signal == "SIGKILL")));
}

#[test]
fn slow_starts() {
    let state = "start".to_owned();
    assert!(events_of("slow.service").contains(&E::StartTimeout { state }));
    let slow_pre = events_of("slowpre.service");
    let state = "start-pre".to_owned();
    assert!(slow_pre.contains(&E::StartTimeout { state }));
    let (command, exit) = ("ExecStartPre".to_owned(), Exit::Signal(15));
    assert!(slow_pre.contains(&E::ControlExited { command, exit }));
    assert!(events_of("runtime.service").contains(&E::RuntimeLimit));
}

#[test]
fn programs_that_cannot_be_started() {
    for (unit, step, text) in [
        ("noexec.service", "EXEC", "No such file or directory"),
        ("noperm.service", "EXEC", "Permission denied"),
        ("badinterp.service", "EXEC", "No such file or directory"),
        ("chdir.service", "CHDIR", "No such file or directory"),
        ("baduser.service", "USER", "No such process"),
        (
            "namespace.service",
            "NAMESPACE",
            "No such file or directory",
        ),
    ] {
        let found = events_of(unit).into_iter().any(|event| {
            matches!(event, E::StepFailed { step: s, text: t, .. } if s == step && t == text)
        });
        assert!(found, "{unit}");
    }
    let (path, text) = (
        "/opt/shop/bin/server".into(),
        "No such file or directory".into(),
    );
    assert!(events_of("noexec.service").contains(&E::CannotLocate { path, text }));
    let text = "Failed to load environment files: No such file or directory".into();
    assert!(events_of("noenvfile.service").contains(&E::CannotPrepare { text }));
}

#[test]
fn variables_that_systemd_ignores_are_told_without_their_value() {
    let name = "export EXPORTED".to_owned();
    let file = "/etc/shop/env".to_owned();
    let events = events_of("quoting@one-two.service");
    assert!(events.contains(&E::VariableIgnored { name, file }));
    assert!(!format!("{events:?}").contains("EXPORTED=1"));
    let nostart = events_of("nostart.service");
    assert!(matches!(&nostart[0], E::Trouble { text } if text.ends_with("Refusing.")));
}

#[test]
fn helpers_that_fail() {
    let (command, exit) = ("ExecStartPre".to_owned(), Exit::Code(78));
    let pre = events_of("pre.service");
    assert_eq!(
        pre,
        [
            E::Starting,
            E::ControlExited { command, exit },
            failed("exit-code"),
            E::StartFailed
        ]
    );
    let (command, exit) = ("ExecReload".to_owned(), Exit::Code(7));
    let reload = events_of("reload.service");
    assert!(reload.contains(&E::ControlExited { command, exit }));
    assert_eq!(reload.last(), Some(&E::ReloadFailed));
    assert!(events_of("nginx.service").contains(&E::ReloadFailed));
}

#[test]
fn units_that_were_not_started() {
    let check = Some("ConditionPathExists=/etc/shop/enabled".to_owned());
    assert_eq!(
        events_of("condition.service"),
        [E::ConditionFailed { check }]
    );
    let skipped = events_of("execcond.service");
    assert!(skipped.contains(&E::ConditionFailed { check: None }));
    assert_eq!(
        events_of("assert.service"),
        [E::AssertFailed, E::AssertFailed]
    );
    assert_eq!(events_of("needs.service")[0], E::DependencyFailed);
    assert!(lacked_another(&journal_of("needs.service")));
    assert!(!lacked_another(&journal_of("stopped.service")));
    let (address, text) = ("127.0.0.1:8080".into(), "Address already in use".into());
    assert!(events_of("busy.socket").contains(&E::CannotListen { address, text }));
}

#[test]
fn ends_that_somebody_asked_for() {
    let stopped = journal_of("stopped.service");
    let events: Vec<_> = stopped.events().map(|(_, event)| event).collect();
    assert_eq!(
        events,
        [E::Started, E::Stopping, E::Deactivated, E::Stopped]
    );
    assert!(was_stopped_on_request(&stopped));
    assert!(!was_stopped_on_request(&journal_of("loop.service")));
    assert!(!was_stopped_on_request(&journal_of("ok.service")));
    assert!(events_of("ok.service").contains(&E::Stopping));
    let left: Vec<_> = events_of("remains.service");
    assert!(
        left.iter()
            .any(|e| matches!(e, E::LeftOver { comm, .. } if comm == "sleep"))
    );
}

#[test]
fn text_alone_tells_the_same() {
    let mut compared = 0;
    for entry in parse(RECORDED).entries {
        let (Some(by_id), by_text) = (entry.event(), from_text(&entry.text())) else {
            continue;
        };
        let told_in_fields_only = match (&by_id, &by_text) {
            (E::ControlExited { exit: a, .. }, Some(E::ControlExited { exit: b, .. })) => a == b,
            (E::ConditionFailed { .. }, _) | (E::BadSetting { .. }, None) => true,
            (E::MainExited(a), Some(E::MainExited(b))) => a == b,
            _ => by_text.as_ref() == Some(&by_id),
        };
        assert!(told_in_fields_only, "{by_id:?} {by_text:?}");
        compared += 1;
    }
    assert!(compared > 150, "{compared}");
}

#[test]
fn words_of_other_versions() {
    // systemd 219, from its source.
    assert_eq!(
        from_text("nginx.service: main process exited, code=exited, status=1/FAILURE"),
        Some(E::MainExited(Exit::Code(1)))
    );
    assert_eq!(
        from_text("nginx.service holdoff time over, scheduling restart."),
        Some(E::RestartScheduled { counter: None })
    );
    assert_eq!(
        from_text("start request repeated too quickly for nginx.service"),
        Some(E::StartTooQuick)
    );
    assert_eq!(
        from_text("shop.service: A process of this unit has been killed by the OOM killer."),
        Some(E::OomKilledProcess)
    );
    assert_eq!(from_text("Failed to fetch orders"), None);
}

#[test]
fn what_a_unit_prints() {
    let journal = parse(OUTPUT);
    let printed: Vec<_> = journal.own_output().collect();
    // Colours are no part of what is said.
    assert_eq!(printed[0].message.as_deref(), Some(&b"bin \xff red"[..]));
    assert!(printed.iter().any(|entry| entry.message.is_none()));
    let prioritised = printed.iter().find(|entry| entry.text() == "prioritised");
    assert_eq!(prioritised.unwrap().priority, Some(3));
    assert_eq!(prioritised.unwrap().transport.as_deref(), Some("stdout"));
    let pre = journal_of("pre.service");
    let own: Vec<_> = pre.own_output().map(Entry::text).collect();
    assert_eq!(own, ["config is wrong"]);
}

#[test]
fn the_last_run_begins_with_what_the_program_printed_at_once() {
    let journal = journal_of("ok.service");
    let last = journal.last_run();
    assert!(last.len() < journal.entries.len());
    let first = last.first().unwrap();
    let runs = |entry: &Entry| entry.invocation_id == first.invocation_id;
    assert!(last.iter().all(runs));
}

#[test]
fn programs_cannot_speak_for_systemd() {
    let line = br#"{"__REALTIME_TIMESTAMP":"1","_PID":"77","_COMM":"node","_TRANSPORT":"stdout","MESSAGE":"shop.service: Start request repeated too quickly.","UNIT":"nginx.service","_SYSTEMD_UNIT":"shop.service","MESSAGE_ID":"d9b373ed55a64feb8242e02dbe79a49c","UNIT_RESULT":"oom-kill"}"#;
    let journal = parse(line);
    assert_eq!(journal.events().count(), 0);
    assert_eq!(journal.entries[0].unit.as_deref(), Some("shop.service"));
}

#[test]
fn secrets_in_coloured_lines_are_masked() {
    let message: Vec<_> = b"\x1b[31merror\x1b[0m password=hunter2"
        .iter()
        .map(u8::to_string)
        .collect();
    let message = message.join(",");
    let line = format!(r#"{{"__REALTIME_TIMESTAMP":"1","MESSAGE":[{message}]}}"#);
    let text = parse(line.as_bytes()).entries[0].text().into_owned();
    assert!(
        text.contains("password=") && !text.contains("hunter2"),
        "{text}"
    );
}

#[test]
fn cut_lines_and_repeated_fields() {
    let cut = &RECORDED[40..RECORDED.len() - 20];
    let journal = parse(cut);
    assert_eq!(journal.unreadable_lines, 2);
    assert!(journal.entries.len() > 150);
    let twice = br#"{"__REALTIME_TIMESTAMP":"1","MESSAGE":["one","two"],"_PID":["7","8"]}"#;
    let entry = &parse(twice).entries[0];
    assert_eq!((entry.text().as_ref(), entry.pid), ("one", Some(7)));
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, text: String) {
        let _ = parse(&bytes);
        let _ = from_text(&text);
    }

    #[test]
    fn never_panics_on_torn_output(from in 0..RECORDED.len(), length in 0..3000_usize) {
        let mut torn = RECORDED[from..].to_vec();
        torn.truncate(length);
        let journal = parse(&torn);
        let _ = (journal.last_run().len(), gave_up(&journal), journal.events().count());
    }

    #[test]
    fn never_panics_on_torn_words(
        which in 0..400_usize, from in 0..200_usize, length in 0..200_usize
    ) {
        if let Some(entry) = parse(&RECORDED[..60_000]).entries.get(which) {
            let text: String = entry.text().chars().skip(from).take(length).collect();
            let _ = from_text(&text);
        }
    }
}
