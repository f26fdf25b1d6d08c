//! The command line's reference page, man page and completions.
use crate::output::Output;
use anyhow::Result;
use clap_complete::Shell;
use std::fmt::Write as _;

/// Writes them all.
pub(crate) fn generate(output: &mut Output) -> Result<()> {
    let mut man = Vec::new();
    clap_mangen::Man::new(gatewhy::command()).render(&mut man)?;
    output.file("docs/reference/gatewhy.1", &man)?;
    for (shell, name) in [
        (Shell::Bash, "gatewhy.bash"),
        (Shell::Zsh, "_gatewhy"),
        (Shell::Fish, "gatewhy.fish"),
    ] {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut gatewhy::command(), "gatewhy", &mut script);
        output.file(&format!("docs/reference/completions/{name}"), &script)?;
    }
    output.file("docs/reference/command-line.md", reference()?.as_bytes())
}

/// Writes the table of exit codes.
pub(crate) fn exit_codes(output: &mut Output) -> Result<()> {
    let mut page = String::from(
        "# Exit codes\n\nA contract with scripts: a code never changes its meaning. Results go to standard\noutput, errors and `-v` to standard error.\n\n| code | meaning |\n|---|---|\n",
    );
    for (code, meaning) in gatewhy::exit_codes() {
        writeln!(page, "| {code} | {meaning} |")?;
    }
    output.file("docs/reference/exit-codes.md", page.as_bytes())
}

fn reference() -> Result<String> {
    let mut page = String::from("# Command line\n");
    let mut command = gatewhy::command().term_width(80);
    command.build();
    write!(
        page,
        "\n## gatewhy\n\n```text\n{}```\n",
        trimmed(&command.render_long_help().to_string())
    )?;
    let verbs: Vec<_> = command.get_subcommands().cloned().collect();
    for mut verb in verbs.into_iter().map(|verb| verb.term_width(80)) {
        let name = verb.get_name().to_owned();
        write!(
            page,
            "\n## gatewhy {name}\n\n```text\n{}```\n",
            trimmed(&verb.render_long_help().to_string())
        )?;
    }
    Ok(page)
}

/// Without blanks at the ends of lines.
fn trimmed(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}
