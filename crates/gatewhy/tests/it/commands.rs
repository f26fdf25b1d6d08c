//! Commands that are printed to be run: each is one that a shell takes.
use crate::hosts;
use std::io::Write as _;
use std::process::{Command, Stdio};

#[test]
fn a_shell_takes_every_command() {
    hosts::hold(|host| {
        let diagnosis = host.diagnosis();
        let fixes = diagnosis.causes.iter().flat_map(|cause| &cause.fixes);
        let commands: Vec<&str> = fixes.flat_map(gatewhy_fixes::Fix::commands).collect();
        let refused = commands.iter().filter(|command| !is_taken(command));
        refused
            .map(|command| format!("sh refuses: {command}"))
            .collect()
    });
}

/// A tenant who may name a folder of his site has nobody run it as a command: what he
/// named stays one word.
#[test]
fn names_from_outside_are_words() {
    let hosts = hosts::all().iter();
    let mut hosts = hosts.filter(|host| host.name == "wordpress-plugin-failed");
    let Some(host) = hosts.next() else {
        // Only where somebody looks at other hosts.
        assert!(std::env::var_os("HOSTS").is_some(), "the host is gone");
        return;
    };
    let hostile = "a;id>b;$(id)";
    let diagnosis = host.with(b"shiny-slider", hostile.as_bytes());
    let fixes = diagnosis.causes.iter().flat_map(|cause| &cause.fixes);
    let commands: Vec<&str> = fixes.flat_map(gatewhy_fixes::Fix::commands).collect();
    let mut named = commands.iter().filter(|command| command.contains(hostile));
    assert!(named.clone().count() > 0, "{commands:?}");
    let quoted = format!("/{hostile}'");
    assert!(
        named.all(|command| command.contains(&quoted)),
        "{commands:?}"
    );
}

/// `sh -n` reads a script, and runs nothing.
fn is_taken(command: &str) -> bool {
    let mut shell = Command::new("sh")
        .arg("-n")
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(command.as_bytes())
        .unwrap();
    shell.wait().unwrap().success()
}
