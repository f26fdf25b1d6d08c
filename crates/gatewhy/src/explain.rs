//! `gatewhy explain`: a cause's page.
use crate::cli::ExplainArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::sink;
use gatewhy_causes::catalogue;
use gatewhy_causes::cause::Cause;

/// Prints one cause's page, or the list of all.
pub(crate) fn explain(args: &ExplainArgs) -> Result<Exit, Failure> {
    let text = match &args.id {
        None => list(),
        Some(id) => page(find(id)?),
    };
    let written = sink::result(&text, args.color);
    written.map_err(|e| Failure::usage(format!("cannot write the page: {e}"), ""))?;
    Ok(Exit::Healthy)
}

/// A cause's page as Markdown.
pub fn page(cause: &Cause) -> String {
    let title = cause.title.trim();
    let body: Vec<&str> = cause
        .page
        .lines()
        .map(|l| l.strip_prefix(' ').unwrap_or(l))
        .collect();
    format!("# {}\n\n{title}\n{}\n", cause.id, body.join("\n"))
}

fn list() -> String {
    let causes = catalogue::all();
    let width = causes.iter().map(|c| c.id.len()).max().unwrap_or(0);
    let line = |cause: &&Cause| format!("{:width$}  {}", cause.id, cause.title.trim());
    let lines: Vec<String> = causes.iter().map(line).collect();
    lines.join("\n") + "\n"
}

fn find(id: &str) -> Result<&'static Cause, Failure> {
    let causes = catalogue::all();
    causes
        .iter()
        .copied()
        .find(|cause| cause.id == id)
        .ok_or_else(|| {
            let near = causes
                .iter()
                .map(|c| c.id)
                .filter(|known| known.contains(id) || id.contains(known));
            let near: Vec<&str> = near.take(5).collect();
            let hint = match near.as_slice() {
                [] => "`gatewhy explain` lists all causes".to_owned(),
                near => format!("did you mean {}?", near.join(", ")),
            };
            Failure::usage(format!("no cause is called '{id}'"), hint)
        })
}
