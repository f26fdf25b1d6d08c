//! A plugin or theme of WordPress ends every page with a fatal error.
use crate::case::exchange::link::Link;
use crate::case::software::script::PhpError;
use crate::prelude::*;
use gatewhy_facts::path::HostPath;

cause! {
    /// A plugin or theme of WordPress ends every page with a fatal error.
    ///
    /// ## How it looks
    ///
    /// 500, an empty page or `There has been a critical error on this website`, right after
    /// an update of a plugin, of PHP or of WordPress.
    ///
    /// ## Why it happens
    ///
    /// The plugin calls a function that this PHP or WordPress no longer has, or its files
    /// are incomplete.
    ///
    /// ## How to be sure
    ///
    /// PHP's fatal error for this very request names a file below `wp-content/plugins/NAME`
    /// or `wp-content/themes/NAME`.
    ///
    /// ## How to fix it
    ///
    /// Switch that plugin off (`wp plugin deactivate NAME`, or rename its folder), then update
    /// or replace it.
    ///
    /// ## What looks the same
    ///
    /// `php-memory-limit`: the file named is only where the memory ran out.
    id: "wordpress-plugin-failed",
    explains: ["backend-answered-error"],
    weigh: weigh,
}

/// What is extended, and with what.
struct Extension {
    kind: &'static str,
    name: String,
    folder: HostPath,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if case.seen_status()? < 500 {
            return None;
        }
        let errors = link.php_errors();
        let mut named = errors.iter().filter(|error| error.memory_limit.is_none());
        let (error, extension) = named.find_map(|error| Some((error, extension(error)?)))?;
        Some(failed(link, error, &extension, &errors).weigh())
    })
}

fn extension(error: &PhpError) -> Option<Extension> {
    let (file, _) = error.place.as_ref()?;
    let kinds = [
        ("plugin", "/wp-content/plugins/"),
        ("plugin", "/wp-content/mu-plugins/"),
        ("theme", "/wp-content/themes/"),
    ];
    kinds.into_iter().find_map(|(kind, folder)| {
        let (before, behind) = file.split_once(folder)?;
        let name = behind.split('/').next().filter(|name| !name.is_empty())?;
        Some(Extension {
            kind,
            name: name.to_owned(),
            folder: HostPath::new(format!("{before}{folder}{name}")),
        })
    })
}

fn failed(
    link: Link<'_, '_>,
    error: &PhpError,
    extension: &Extension,
    all: &[PhpError],
) -> Finding {
    let Extension { kind, name, folder } = extension;
    let at = error
        .place
        .as_ref()
        .map(|(file, line)| format!(" at {file}:{line}"))
        .unwrap_or_default();
    let summary = format!(
        "WordPress's {kind} {name} ends the page with a fatal error{at}: {}",
        error.text
    );
    let fix = Fix::new(format!(
        "switch the {kind} {name} off, then update or replace it"
    ));
    let fix = if *kind == "plugin" {
        fix.run(
            format!("mv {} {}", shell::word(folder.as_str()), shell::word(&format!("{folder}.off"))),
            "WordPress takes a plugin whose folder is gone as switched off (or: wp plugin deactivate)",
        )
    } else {
        fix.advise(format!(
            "choose another theme (wp theme activate), or rename {folder} so that WordPress takes a default one"
        ))
    };
    let fix = fix.advise(format!(
        "then see whether the {kind} has an update for this version of PHP and WordPress"
    ));
    Finding::new(HopName::Backend, format!("{kind} {name}"), summary)
        .because_all(all.iter().map(|error| error.evidence.clone()))
        .because_all(link.configured())
        .fix(link.case.verified(fix))
}
