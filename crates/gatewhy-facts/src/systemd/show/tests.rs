use super::*;
use crate::systemd::exit::Exit;

/// Units of a real host (systemd 252), each broken in its own way.
const RECORDED: &[u8] = include_bytes!("../../../tests/data/systemd/show.txt");

fn recorded(id: &str) -> Unit {
    let found = parse(RECORDED).into_iter().find(|unit| unit.id == id);
    found.unwrap_or_else(|| panic!("{id} was not recorded"))
}

#[test]
fn a_service_that_runs() {
    let unit = recorded("ok.service");
    assert!(unit.is_active() && unit.is_running() && !unit.is_failed());
    assert_eq!(unit.exit_in_words(), None);
    assert_eq!(
        unit.description.as_deref(),
        Some("Shop \"front\" with 100% täst")
    );
    assert_eq!(
        unit.drop_in_paths,
        [
            "/etc/systemd/system/ok.service.d/10-umask.conf",
            "/etc/systemd/system/ok.service.d/20 nice.conf"
        ]
    );
    assert_eq!(unit.need_daemon_reload, Some(true));
    assert_eq!(
        unit.control_group.as_deref(),
        Some("/system.slice/ok.service")
    );
    assert_eq!(unit.commands.start_pre[1].exit, Some(Exit::Code(1)));
    assert!(unit.commands.start_pre[1].ignores_failure);
    assert_eq!(unit.failed_command(), None);
    assert_eq!(unit.commands.start[0].exit, None);
    assert_eq!(unit.commands.start[0].argv[2], "http.server");
    assert_eq!(unit.rules.restart, Some(RestartPolicy::OnFailure));
    assert_eq!(unit.rules.restart_usec, Some(Bound::At(2_000_000)));
    assert_eq!(unit.rules.timeout_start, Some(Bound::At(90_000_000)));
    assert_eq!(unit.rules.runtime_max, Some(Bound::Unlimited));
    assert_eq!(unit.rules.watchdog, None);
}

#[test]
fn the_surroundings_of_a_service() {
    let Unit {
        context, limits, ..
    } = recorded("ok.service");
    assert_eq!(context.user.as_deref(), Some("www-data"));
    assert_eq!(context.group, None);
    assert_eq!(context.supplementary_groups, ["adm", "daemon"]);
    assert_eq!(context.working_directory.as_deref(), Some("/srv/shop"));
    assert!(context.working_directory_may_miss);
    assert_eq!(context.runtime_directory, ["shop", "shop/deep"]);
    assert_eq!(context.protect_home.as_deref(), Some("read-only"));
    assert_eq!(context.private_tmp, Some(true));
    assert_eq!(context.ip_address_allow, ["127.0.0.0/8", "::1/128"]);
    let value = |name: &str| {
        let found = context
            .environment
            .iter()
            .find(|variable| variable.name == name);
        found.unwrap().value.as_deref()
    };
    assert_eq!(value("GREETING"), Some("hello wide world"));
    assert_eq!(value("DB_PASSWORD"), None);
    assert!(!format!("{:?}", recorded("ok.service")).contains("hunter2"));
    let files: Vec<_> = context
        .environment_files
        .iter()
        .map(|f| (f.path.as_str(), f.may_miss))
        .collect();
    assert_eq!(
        files,
        [("/etc/shop/env", false), ("/etc/shop/missing", true)]
    );
    assert_eq!(limits.nofile_soft, Some(Bound::At(2048)));
    assert_eq!(limits.memory_max, Some(Bound::At(256 << 20)));
    assert_eq!(limits.memory_swap_max, Some(Bound::Unlimited));
    assert_eq!(limits.tasks_current, None);
    assert!(limits.memory_current.is_some());
}

#[test]
fn every_way_to_end_has_its_words() {
    for (id, words) in [
        ("abrt.service", "signal 6 (ABRT) with a core dump"),
        ("segv.service", "signal 11 (SEGV)"),
        ("killed.service", "signal 9 (KILL)"),
        ("loop.service", "exit code 3"),
        ("noexec.service", "203/EXEC"),
        ("baduser.service", "217/USER"),
        ("pre.service", "exit code 78"),
        ("post.service", "exit code 1"),
        ("slow.service", "timeout"),
        ("stubborn.service", "timeout"),
        ("watchdog.service", "watchdog"),
    ] {
        let unit = recorded(id);
        assert!(unit.is_failed() && !unit.is_running(), "{id}");
        assert_eq!(unit.exit_in_words().as_deref(), Some(words), "{id}");
    }
}

#[test]
fn signals_steps_and_helpers_that_made_it_fail() {
    assert_eq!(recorded("killed.service").failed_by_signal(), Some(9));
    assert_eq!(recorded("watchdog.service").failed_by_signal(), Some(6));
    assert_eq!(recorded("loop.service").failed_by_signal(), None);
    assert_eq!(recorded("stubborn.service").failed_by_signal(), None);
    assert_eq!(recorded("noexec.service").failed_step(), Some("EXEC"));
    assert_eq!(recorded("loop.service").failed_step(), None);
    let pre = recorded("pre.service");
    assert_eq!(pre.failed_command().unwrap().path, "/bin/sh");
    assert_eq!(pre.commands.start[0].exit, None);
}

#[test]
fn the_start_limit_without_its_own_result() {
    let unit = recorded("loop.service");
    assert_eq!(unit.result, Some(ServiceResult::ExitCode));
    assert_eq!(unit.processes.restarts, Some(5));
    assert!(unit.gave_up());
    assert!(recorded("act.socket").gave_up());
    assert!(!recorded("segv.service").gave_up());
    let waiting = recorded("waiting.service");
    assert!(waiting.is_auto_restarting() && !waiting.is_failed() && !waiting.gave_up());
}

#[test]
fn units_that_never_ran() {
    let missing = recorded("missing.service");
    assert!(!missing.exists());
    assert_eq!(
        missing.load_error.as_deref(),
        Some("Unit missing.service not found.")
    );
    assert_eq!(missing.processes.exec_main_pid, None);
    assert!(recorded("masked.service").is_masked());
    assert_eq!(
        recorded("nostart.service").load_state,
        Some(LoadState::BadSetting)
    );
    assert_eq!(recorded("condition.service").condition_result, Some(false));
    let stopped = recorded("stopped.service");
    assert_eq!(stopped.active_state, Some(ActiveState::Inactive));
    assert_eq!(stopped.exit_in_words(), None);
}

#[test]
fn sockets_and_what_they_start() {
    let socket = recorded("act.socket");
    assert_eq!(socket.triggers, ["act.service"]);
    assert_eq!(recorded("act.service").triggered_by, ["act.socket"]);
    let places: Vec<_> = socket.listen.iter().map(|l| l.address.as_str()).collect();
    assert_eq!(places, ["/run/act.sock", "127.0.0.1:9000", "[::]:9001"]);
    assert_eq!(socket.listen[0].kind, "Stream");
    assert_eq!(socket.told("SocketMode"), Some("0660"));
}

#[test]
fn commands_keep_their_newlines_and_set_no_properties() {
    let multi = recorded("multi.service");
    assert_eq!(multi.commands.start.len(), 3);
    assert!(multi.commands.start[0].command_line.contains("echo one \n"));
    assert!(
        multi.commands.start[0]
            .command_line
            .ends_with("\"three ; four\"")
    );
    assert_eq!(multi.commands.start[2].argv[0], "renamed");
    // Its command holds an empty line and `NRestarts=7`.
    let newline = recorded("newline.service");
    assert_eq!(newline.processes.restarts, Some(0));
    assert_eq!(newline.commands.start[0].exit, Some(Exit::Code(0)));
}

#[test]
fn what_is_not_told_is_not_known() {
    let units = parse(b"Id=a.service\n\n\nActiveState=weird\nId=b.service\nLimitNOFILE=18446744073709551615\nMemoryCurrent=[not set]\n");
    assert_eq!(units.len(), 2);
    assert_eq!(units[0].active_state, None);
    assert_eq!(units[0].limits.nofile_hard, None);
    assert_eq!(
        units[1].active_state,
        Some(ActiveState::Other("weird".into()))
    );
    assert_eq!(units[1].limits.nofile_hard, Some(Bound::Unlimited));
    assert_eq!(units[1].limits.memory_current, None);
    assert!(parse(b"ActiveState=active\n").is_empty());
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = parse(&bytes);
    }

    /// The recording with a piece cut out.
    #[test]
    fn never_panics_on_torn_output(from in 0..RECORDED.len(), length in 0..4000_usize) {
        let mut torn = RECORDED[..from].to_vec();
        torn.extend_from_slice(RECORDED.get(from + length..).unwrap_or_default());
        for unit in parse(&torn) {
            let _ = (unit.gave_up(), unit.exit_in_words(), unit.failed_by_signal());
        }
    }
}
