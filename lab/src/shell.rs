//! An interactive shell in the host of a scenario.

use std::process::Command;

use anyhow::Result;

use crate::console::say;
use crate::run::{self, Settings, Stage};
use crate::scenario::Scenario;

/// Boots the host, takes it to `stage`, and hands it over until the shell ends.
pub(crate) fn open(scenario: &Scenario, settings: &Settings, stage: Stage) -> Result<()> {
    let host = run::boot(scenario, settings)?;
    if let Err(error) = run::prepare(&host, scenario, stage, &settings.results) {
        say!("{error:#}");
    }
    say!(
        "{}: {} ({})\n{}",
        scenario.name,
        scenario.title,
        scenario.url,
        scenario.teaches
    );
    if !scenario.red_herrings.is_empty() {
        say!("Also on this host: {}", scenario.red_herrings);
    }
    let enter = host.command("TERM=xterm");
    let mut words = vec![enter.get_program().to_string_lossy().into_owned()];
    words.extend(
        enter
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.extend(["bash".to_owned(), "--login".to_owned()]);
    // `script` gives the shell a terminal of its own: Ctrl-C reaches what runs in
    // the host, not the lab.
    let _ = Command::new("script")
        .args(["--quiet", "--command", &words.join(" "), "/dev/null"])
        .status()?;
    Ok(())
}
