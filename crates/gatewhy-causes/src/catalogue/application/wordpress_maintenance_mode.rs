//! WordPress is in maintenance mode: a file `.maintenance` lies in its folder.
use crate::case::exchange::link::Link;
use crate::case::software::application::{MAINTENANCE_SECS, Maintenance};
use crate::prelude::*;
use gatewhy_facts::time::for_people;

cause! {
    /// WordPress is in maintenance mode: a file `.maintenance` lies in its folder.
    ///
    /// ## How it looks
    ///
    /// 503 `Briefly unavailable for scheduled maintenance. Check back in a minute.`
    ///
    /// ## Why it happens
    ///
    /// An update is running; or it was interrupted and left the file behind. WordPress
    /// ignores the file ten minutes after the time that stands in it; a file that says
    /// `$upgrading = time();` never ends.
    ///
    /// ## How to be sure
    ///
    /// The file is there, and its age tells whether an update can still be running.
    ///
    /// ## How to fix it
    ///
    /// When no update is running, remove the file.
    ///
    /// ## What looks the same
    ///
    /// `backend-answered-error`: another 503 of the application.
    id: "wordpress-maintenance-mode",
    explains: ["backend-answered-error"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if !link.answers_503() {
            return None;
        }
        let now = case.clock()?.now;
        match link.maintenance_file() {
            Fact::Found(file, source) if file.is_in_force(now) => {
                Some(by_file(link, &file, &source).weigh())
            }
            Fact::Found(file, _) => Some(Verdict::ruled_out(format!(
                "{} is older than {}: WordPress takes no notice of it",
                file.file,
                for_people(MAINTENANCE_SECS)
            ))),
            _ if link.says_maintenance() => Some(Verdict::Suspected(by_words(link))),
            Fact::Absent(source)
                if link
                    .wordpress_folders()
                    .found()
                    .is_some_and(|f| !f.is_empty()) =>
            {
                Some(Verdict::ruled_out(format!(
                    "there is no .maintenance in {}",
                    source.place
                )))
            }
            Fact::Unknown(_) | Fact::Absent(_) => None,
        }
    })
}

fn by_file(link: Link<'_, '_>, file: &Maintenance, source: &Source) -> Finding {
    let case = link.case;
    let begun = match file.since {
        Some(since) => format!("since {} ({})", local(link, since), case.ago(since)),
        None => "without end".to_owned(),
    };
    let summary = format!(
        "WordPress is in maintenance mode {begun}: {} is there",
        file.file
    );
    let text = match file.since {
        Some(since) => format!("it says that an update began at {}", local(link, since)),
        None => "it says that an update began just now, whenever it is read".to_owned(),
    };
    Finding::new(HopName::Backend, file.file.to_string(), summary)
        .because(Evidence::proof(text, source))
        .because_all(answer(link))
        .fix(remove(link, file))
}

fn local(link: Link<'_, '_>, at: gatewhy_facts::time::Moment) -> String {
    let offset = link.case.clock().map_or(0, |clock| clock.utc_offset_secs);
    at.local(offset)
}

/// The page says so, and the folder is not known.
fn by_words(link: Link<'_, '_>) -> Finding {
    let summary = "WordPress answers with its maintenance page".to_owned();
    let fix = Fix::new(
        "find .maintenance in WordPress's folder, and remove it when no update is running",
    )
    .advise("it lies beside wp-load.php; WordPress ignores it once it is ten minutes old");
    Finding::new(HopName::Backend, link.address(), summary)
        .because_all(answer(link).map(|evidence| Evidence {
            strength: Strength::Strong,
            ..evidence
        }))
        .fix(link.case.verified(fix))
}

fn answer(link: Link<'_, '_>) -> Option<Evidence> {
    let direct = link.direct();
    let words = link.direct_words().unwrap_or_default();
    let text = format!("asked directly, it answers 503: \u{201c}{words}\u{201d}");
    Some(Evidence::weak(text, direct.source()?))
}

fn remove(link: Link<'_, '_>, file: &Maintenance) -> Fix {
    let path = &file.file;
    let remove = format!("rm {}", shell::word(&path.to_string()));
    let fix = Fix::new(format!("when no update is running: {remove}"));
    let fix = match file.since {
        Some(since) => fix.advise(format!(
            "an update needs a minute or two; WordPress itself takes no notice of the file from {} on",
            local(link, since.plus_secs(MAINTENANCE_SECS))
        )),
        None => fix.advise("somebody switched it on by hand: ask before you remove it"),
    };
    let upgrade = path.parent().join("wp-content/upgrade").to_string();
    let fix = fix.run(
        format!(
            "ls -lt --time-style=full-iso {} | head",
            shell::word(&upgrade)
        ),
        "shows whether an update is still writing",
    );
    link.case
        .verified(fix.run(remove, "ends the maintenance mode"))
}
