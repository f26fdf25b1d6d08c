//! Lines to add to nginx's configuration, where they take effect.
use crate::case::Case;
use gatewhy_facts::nginx::setting::Setting;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::untrusted::shown;
use gatewhy_fixes::Fix;

/// A directive that should have another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its arguments, as they should be.
    pub value: String,
    /// Where it is written now; none when it is not.
    pub place: Option<Place>,
}

impl Wanted {
    /// A directive in place of what holds now.
    pub fn instead_of<T>(setting: Option<&Setting<T>>, name: String, value: String) -> Self {
        let place = setting.and_then(|setting| setting.place.clone());
        Self { name, value, place }
    }

    /// The whole directive.
    pub fn line(&self) -> String {
        format!("{} {};", self.name, self.value)
    }
}

impl Case<'_> {
    /// Where a directive can be added that holds for the backend call: at the `*_pass`
    /// itself, or at the `if` around it, in which such directives may not stand.
    fn beside_the_call(&self) -> Option<Place> {
        let pass = &self.call()?.pass.place;
        let route = self.route();
        let inner = route.found()?.route.locations.last()?.clone();
        let around = inner.is("if") && inner.block().iter().any(|d| d.place == *pass);
        Some(if around {
            inner.place.clone()
        } else {
            pass.clone()
        })
    }

    /// Gives directives other values: the lines that set them become others, the rest
    /// is added beside the backend call. None when those files are not known.
    #[must_use]
    pub fn set_for_backend(&self, fix: Fix, wanted: &[Wanted], why: &str) -> Option<Fix> {
        let (written, new): (Vec<_>, Vec<_>) = wanted.iter().partition(|w| w.place.is_some());
        let mut fix = fix;
        for ((file, number), on_line) in by_line(&written) {
            let before = self.line_text(on_line.first()?.place.as_ref()?)?;
            let mut after = before.clone();
            for wanted in on_line {
                let old = self.directive_text(wanted.place.as_ref()?)?;
                after = after.replacen(&old, &wanted.line(), 1);
            }
            fix = fix.edit((&file, number), (&before, &after), why);
        }
        if !new.is_empty() {
            let place = self.beside_the_call()?;
            let lines: Vec<String> = new.iter().map(|wanted| wanted.line()).collect();
            fix = self.add_before(fix, &place, &lines, why)?;
        }
        Some(fix)
    }

    /// Adds lines in front of a directive, in the same block.
    #[must_use]
    pub fn add_before(&self, fix: Fix, place: &Place, lines: &[String], why: &str) -> Option<Fix> {
        let excerpt = self.excerpt(place)?;
        let (lead, rest) = excerpt.text.split_at_checked(excerpt.mark_start)?;
        if lead.trim_ascii().is_empty() {
            let at = (&place.file, place.span.line);
            return Some(
                lines
                    .iter()
                    .fold(fix, |fix, line| fix.insert(at, line, why)),
            );
        }
        let before = self.line_text(place)?;
        let after = format!("{}{} {}", shown(lead), lines.join(" "), shown(rest));
        Some(fix.edit((&place.file, place.span.line), (&before, after.trim()), why))
    }

    /// A directive as it is written, with its semicolon, as far as its line goes.
    fn directive_text(&self, place: &Place) -> Option<String> {
        let excerpt = self.excerpt(place)?;
        let marked = excerpt.text.get(excerpt.mark_start..excerpt.mark_end)?;
        let rest = excerpt.text.get(excerpt.mark_end..)?;
        let text = shown(marked).to_string();
        let closes = !text.ends_with(';') && rest.first() == Some(&b';');
        Some(if closes { format!("{text};") } else { text })
    }
}

type Line = (HostPath, u32);

/// One line may hold several directives: they become one change.
fn by_line<'w>(written: &[&'w Wanted]) -> BTreeMap<Line, Vec<&'w Wanted>> {
    let mut lines: BTreeMap<Line, Vec<&Wanted>> = BTreeMap::new();
    for wanted in written {
        if let Some(place) = &wanted.place {
            let line = (place.file.clone(), place.span.line);
            lines.entry(line).or_default().push(wanted);
        }
    }
    lines
}
