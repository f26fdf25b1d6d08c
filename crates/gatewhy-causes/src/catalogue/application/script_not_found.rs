//! PHP-FPM finds no script at the path that the proxy names.
use crate::case::exchange::link::Link;
use crate::case::routing::route::source_of;
use crate::case::software::missing_script::{FoundScript, Lost};
use crate::case::system::socket_access::Refusal;
use crate::prelude::*;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// PHP-FPM finds no script at the path that the proxy names.
    ///
    /// ## How it looks
    ///
    /// 404 with the body `File not found.`, and `FastCGI sent in stderr: "Primary script
    /// unknown"`. Usually not a gateway's failure, but the gateway's configuration is often
    /// to blame.
    ///
    /// ## Why it happens
    ///
    /// `root` or `SCRIPT_FILENAME` does not fit where the files are, the pool sees another
    /// file system (chroot, container), or its user may not enter a folder.
    ///
    /// ## How to be sure
    ///
    /// The path that nginx sends does not exist for the pool's user.
    ///
    /// ## How to fix it
    ///
    /// Correct `root` (or `SCRIPT_FILENAME`) in the location; or the permissions on the
    /// way.
    ///
    /// ## What looks the same
    ///
    /// A real 404: the visitor asks for a script that does not exist anywhere. nginx
    /// answers that by itself when the location has `try_files $uri =404;`.
    id: "script-not-found",
    explains: [],
    weigh: weigh,
}

/// What PHP-FPM says when there is no such script for it.
const COMPLAINTS: [&[u8]; 2] = [b"Primary script unknown", b"Unable to open primary script"];

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let said = said(link)?;
        match link.lost_script() {
            Fact::Found(lost, source) => Some(lost_verdict(link, &lost, &source, said)),
            Fact::Unknown(_) | Fact::Absent(_) => Some(Verdict::Suspected(unseen(link, said))),
        }
    })
}

/// PHP-FPM's complaint about our own request.
fn said(link: Link<'_, '_>) -> Option<Evidence> {
    let direct = link.direct();
    let told = direct.found().and_then(|direct| {
        let stderr = &direct.fastcgi.as_ref()?.stderr;
        let complains = |text: &&&[u8]| stderr.windows(text.len()).any(|part| part == **text);
        COMPLAINTS.iter().find(complains)
    });
    match (told, direct.source()) {
        (Some(text), Some(source)) => Some(Evidence::strong(
            format!("asked directly, PHP-FPM says: {}", shown(text)),
            source,
        )),
        _ => link
            .logged_as(&[Symptom::ScriptUnknown])
            .map(|logged| Evidence::strong(logged.said_by(link.case.proxy_name()), &logged.source)),
    }
}

fn script(link: Link<'_, '_>) -> String {
    link.script()
        .map_or_else(|| "the script".to_owned(), |path| path.to_string())
}

fn lost_verdict(link: Link<'_, '_>, lost: &Lost, source: &Source, said: Evidence) -> Verdict {
    let finding = |summary: String| Finding::new(HopName::Proxy, script(link), summary);
    match lost {
        Lost::Jailed { root } => {
            let text = format!(
                "php-fpm's root folder is {root}: it sees {root}{} there",
                script(link)
            );
            let summary = format!(
                "php-fpm lives in {root} and cannot see {}, which {} names as the script",
                script(link),
                link.case.proxy_name()
            );
            done(
                link,
                finding(summary),
                Evidence::proof(text, source),
                said,
                jailed(link, root),
            )
        }
        Lost::Hidden { missing } => {
            let text = format!("{missing} is there for the host, and not for php-fpm's process");
            let summary =
                format!("php-fpm has other files than the host: for it there is no {missing}");
            done(
                link,
                finding(summary),
                Evidence::proof(text, source),
                said,
                hidden(link, missing),
            )
        }
        Lost::Refused(refusal) => {
            let summary = format!(
                "php-fpm's user {}, on the way to {}",
                refusal.what(),
                script(link)
            );
            done(
                link,
                finding(summary),
                refusal.evidence(link.case),
                said,
                permit(link, refusal),
            )
        }
        Lost::NoFolder { missing, link: via } => {
            no_folder(link, missing, via.as_ref(), source, said)
        }
        Lost::NoFile { folder } => no_file(link, folder, source, said),
        Lost::Nothing => Verdict::Suspected(unseen(link, said)),
    }
}

fn done(
    link: Link<'_, '_>,
    finding: Finding,
    proof: Evidence,
    said: Evidence,
    fix: Fix,
) -> Verdict {
    finding
        .because(proof)
        .because(said)
        .because_all(named(link))
        .fix(fix)
        .weigh()
}

/// The line that names the script.
fn named(link: Link<'_, '_>) -> Option<Evidence> {
    let params = &link.case.backend_settings()?.params;
    let param = params
        .iter()
        .rfind(|param| param.name == "SCRIPT_FILENAME")?;
    let text = format!(
        "{} sends SCRIPT_FILENAME {}",
        link.case.proxy_name(),
        script(link)
    );
    Some(
        Evidence::weak(text, &source_of(&param.place))
            .with_excerpt(link.case.excerpt(&param.place)),
    )
}

fn no_folder(
    link: Link<'_, '_>,
    missing: &str,
    via: Option<&(String, String)>,
    source: &Source,
    said: Evidence,
) -> Verdict {
    let elsewhere = link.found_elsewhere(missing);
    let summary = match (via, &elsewhere) {
        (Some((from, to)), _) => format!("{from} is a link to {to}, and {missing} is not there"),
        (None, Some(found)) => format!("there is no {missing}: the script is {}", found.path),
        (None, None) => format!(
            "there is no {missing}, where {} has the site",
            link.case.proxy_name()
        ),
    };
    let proof = Evidence::proof(format!("there is no {missing}"), source);
    let fix = match (via, elsewhere) {
        (Some((from, _)), _) => relink(link, from),
        (None, found) => reroot(link, missing, found.as_ref()),
    };
    let finding = Finding::new(HopName::Proxy, script(link), summary);
    done(link, finding.because_all(root_line(link)), proof, said, fix)
}

/// The folder is right. A script that lies elsewhere tells that the root is wrong;
/// else the visitor may simply ask for what does not exist.
fn no_file(link: Link<'_, '_>, folder: &HostPath, source: &Source, said: Evidence) -> Verdict {
    let path = script(link);
    let text = format!(
        "{folder} is there, and holds no {}",
        HostPath::new(path.clone()).file_name()
    );
    let Some(found) = link.found_elsewhere(&path) else {
        return Verdict::Suspected(real_404(link, path, Evidence::weak(text, source), said));
    };
    let summary = format!("there is no {path}: the script is {}", found.path);
    let finding = Finding::new(HopName::Proxy, path.clone(), summary);
    let fix = reroot(link, &path, Some(&found));
    let finding = finding.because_all(root_line(link));
    done(link, finding, Evidence::strong(text, source), said, fix)
}

fn real_404(link: Link<'_, '_>, path: String, there: Evidence, said: Evidence) -> Finding {
    let summary = format!("there is no {path}: a real 404, unless a deploy has lost it");
    let fix = Fix::new("restore the script, if it should be there").advise(
        "or let nginx answer such requests by itself: try_files $uri =404; in that location",
    );
    let finding = Finding::new(HopName::Backend, path, summary).because(there);
    let said = Evidence {
        strength: Strength::Weak,
        ..said
    };
    finding.because(said).fix(link.case.verified(fix))
}

/// Nobody could look at the path.
fn unseen(link: Link<'_, '_>, said: Evidence) -> Finding {
    let summary = format!("PHP-FPM finds no script at {}", script(link));
    let fix = Fix::new("compare the proxy's root folder with where the files are for PHP-FPM").advise(
        "SCRIPT_FILENAME must lead to the script in the eyes of the pool: its chroot, its container, its user",
    );
    Finding::new(HopName::Proxy, script(link), summary)
        .because(said)
        .because_all(named(link))
        .fix(link.case.verified(fix))
}

fn root_line(link: Link<'_, '_>) -> Option<Evidence> {
    let root = &link.case.settings()?.root.folder;
    let place = root.place.as_ref()?;
    let text = format!("nginx has the site in {}", shown(&root.value));
    Some(Evidence::weak(text, &source_of(place)).with_excerpt(link.case.excerpt(place)))
}

fn reroot(link: Link<'_, '_>, missing: &str, found: Option<&FoundScript>) -> Fix {
    let case = link.case;
    let root = case.settings().map(|settings| &settings.root.folder);
    let better = found.and_then(|found| found.root.as_ref());
    let edited = better.zip(root).and_then(|(better, root)| {
        let old = String::from_utf8_lossy(&root.value).into_owned();
        let title = format!("let nginx's root be {better}");
        let change = (old.as_str(), better.as_str());
        case.nginx_replace(&title, root.place.as_ref()?, change, "there the script is")
    });
    edited.unwrap_or_else(|| {
        let title = format!("correct root, or bring back {missing}");
        case.reloaded(
            Fix::new(title).advise("root must be the folder that holds the site's scripts"),
        )
    })
}

fn relink(link: Link<'_, '_>, from: &str) -> Fix {
    let parent = HostPath::new(from).parent();
    let fix = Fix::new(format!("let {from} lead to a release that is there"));
    let list = format!("ls -l {}", shell::word(&parent.to_string()));
    let fix = fix.run(list, "shows what there is to lead to");
    link.case
        .verified(fix.advise(format!("ln -sfn RELEASE {}", shell::word(from))))
}

fn permit(link: Link<'_, '_>, refusal: &Refusal) -> Fix {
    let (path, user) = (refusal.path(), &refusal.user);
    let fix = Fix::new(format!("let {user} pass {path}"));
    let fix = fix.run(
        format!(
            "setfacl -m u:{user}:{} {}",
            refusal.lacks,
            shell::word(&path)
        ),
        "for that user alone; chmod o+x would do it for everybody",
    );
    link.case.verified(fix)
}

fn hidden(link: Link<'_, '_>, missing: &str) -> Fix {
    let fix = Fix::new(format!(
        "show php-fpm {missing}, or put the site where it looks"
    ));
    let service = link.live_service();
    let fix = match service.found() {
        Some(service) => fix.run(
            format!(
                "systemctl show -p PrivateTmp,ProtectHome,InaccessiblePaths,RootDirectory {}",
                service.unit.id
            ),
            "what hides it from the service; in a container its mounts do",
        ),
        None => fix,
    };
    link.case.verified(fix)
}

/// The site lies below the root folder of the pool, under another path: name that.
/// Or it does not: then the pool must leave it.
fn jailed(link: Link<'_, '_>, root: &HostPath) -> Fix {
    let path = script(link);
    let inner = path
        .strip_prefix(root.as_str())
        .filter(|inner| inner.starts_with('/'));
    let param = link.case.backend_settings().and_then(|settings| {
        settings
            .params
            .iter()
            .rfind(|param| param.name == "SCRIPT_FILENAME")
    });
    let edited = inner
        .zip(link.script_name())
        .zip(param)
        .and_then(|((inner, name), param)| {
            let folder = inner.strip_suffix(name.as_str())?;
            let before = link.case.line_text(&param.place)?;
            let old = String::from_utf8_lossy(&param.value).into_owned();
            let after = before.replacen(&old, &format!("{folder}$fastcgi_script_name"), 1);
            let title = "name the script as php-fpm sees it";
            Some(link.case.nginx_edit(
                title,
                &param.place,
                (&before, &after),
                "the path inside the pool's root folder",
            ))
        });
    edited.unwrap_or_else(|| move_in(link, root))
}

fn move_in(link: Link<'_, '_>, root: &HostPath) -> Fix {
    let fix = Fix::new(format!(
        "bring the site into {root}, or let the pool out of it"
    ));
    let fix = fix.advise(format!(
        "put the files below {root}, and name them in SCRIPT_FILENAME without {root} in front"
    ));
    let pool = link.configured_pool();
    let chroot = pool.and_then(|pool| pool.pool.settings.text("chroot"));
    let fix = match chroot.and_then(|set| Some((link.case.line_text(&set.place)?, set.place))) {
        Some((before, place)) => fix.edit(
            (&place.file, place.span.line),
            (&before, ""),
            "or this: the pool sees the host's files, as the proxy does",
        ),
        None => fix,
    };
    let service = link.live_service();
    let fix = match service.found() {
        Some(service) => fix.run(
            format!("systemctl restart {}", service.unit.id),
            "takes it up",
        ),
        None => fix,
    };
    link.case.verified(fix)
}
