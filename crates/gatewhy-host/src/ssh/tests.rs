use super::*;
use std::io::Write as _;
use std::process::{Command, Stdio};

#[test]
fn the_far_sides_first_line_tells_the_machine() {
    let machine = Machine::read("gatewhy-here 1 Linux aarch64 1000 /dev/shm/gatewhy.x").unwrap();
    assert_eq!(machine.uid, 1000);
    let here = std::env::consts::ARCH;
    assert_eq!(machine.check(false).is_ok(), here == "aarch64");
    assert!(machine.check(true).is_ok());
    let full = Machine::read(&format!("gatewhy-here 1 Linux {here} 0 none")).unwrap();
    assert!(matches!(full.check(false), Err(CannotAsk::NoFolder)));
    let other = Machine::read("gatewhy-here 1 FreeBSD amd64 0 /tmp/gatewhy.x").unwrap();
    assert!(matches!(other.check(true), Err(CannotAsk::System(_))));
    assert!(Machine::read("gatewhy-here 1 Linux").is_none());
}

#[test]
fn the_script_can_stand_between_single_quotes() {
    assert!(!FAR_SIDE.contains(['\'', '!']), "csh and sh read it alike");
    assert!(script(true).contains("sudo -n -- \"$d/gatewhy\""));
}

/// Runs the script as the far side would, with this program sent to it.
fn run(program: &[u8], sent: usize) -> (String, bool) {
    let folder = std::env::temp_dir().join(format!("gatewhy-ssh-{}-{sent}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut shell = Command::new("sh")
        .args([
            "-c",
            &script(false).replace("/dev/shm", &folder.display().to_string()),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = shell.stdin.take().unwrap();
    writeln!(pipe, "{}", program.len()).unwrap();
    pipe.write_all(&program[..sent]).unwrap();
    drop(pipe);
    let output = shell.wait_with_output().unwrap();
    let left = std::fs::read_dir(&folder).unwrap().count();
    std::fs::remove_dir_all(&folder).unwrap();
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        left == 0,
    )
}

#[test]
fn what_is_sent_runs_there_and_leaves_nothing_behind() {
    let program = b"#!/bin/sh\necho it ran: \"$@\"\n";
    let (said, clean) = run(program, program.len());
    assert!(said.starts_with("gatewhy-here 1 Linux "), "{said}");
    assert!(said.contains("it ran: far-side --remove"), "{said}");
    assert!(clean);
}

#[test]
fn half_a_program_is_not_run_and_leaves_nothing_behind() {
    let (said, clean) = run(b"#!/bin/sh\necho it ran\n", 12);
    assert!(!said.contains("it ran"), "{said}");
    assert!(clean);
}

#[test]
fn an_option_is_no_host() {
    for bad in ["", "-oProxyCommand=touch /tmp/x", "a\nb"] {
        let login = Login {
            host: bad,
            sudo: false,
            program: None,
        };
        assert!(
            matches!(FarSide::reach(&login), Err(CannotAsk::Destination(_))),
            "{bad}"
        );
    }
}

#[test]
fn every_known_refusal_has_its_hint() {
    let hint = |stage, said: &str| CannotAsk::Refused(stage, said.to_owned()).hint();
    let key = hint(Stage::Login, "Host key verification failed.");
    assert!(key.contains("known_hosts"), "{key}");
    let libc = hint(
        Stage::Start,
        "/lib/libc.so.6: version `GLIBC_2.34' not found",
    );
    assert!(libc.contains("static"), "{libc}");
    let sudo = hint(Stage::Start, "sudo: a password is required");
    assert!(sudo.contains("NOPASSWD"), "{sudo}");
}
