//! The section "chaos" of docs/reliability.md: one part is written by `--chaos`, the other by `--flood`.

use anyhow::Context as _;

use crate::report::Figures;

const DOCUMENT: &str = "reliability.md";
const SECTION: &str = "chaos";
const CHAOS: &str = "### Chaos";
const FLOOD: &str = "### Flood";

/// Writes the part on chaos.
pub(crate) fn write_chaos(all: &[Figures]) -> anyhow::Result<()> {
    let told: Vec<_> = all
        .iter()
        .filter_map(|figures| Some((figures, figures.chaos()?)))
        .collect();
    let payments = told.first().context("nothing to write: run with --chaos")?;
    let seeds: Vec<String> = all.iter().map(|figures| figures.seed.to_string()).collect();
    let mut text = format!(
        "{CHAOS}\n\n`cargo rehearse --headless --chaos --payments {} --seeds {} --write-docs`\n\n{}\n",
        payments.0.payments,
        seeds.join(","),
        crate::chaos::WHAT_IT_IS.trim()
    );
    text.push_str(
        "\n| seed | payments | phase | simulated | AWS faults | calls that did not reach the provider \
         | notifications astray | functions killed | open at the end |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for (figures, report) in &told {
        for phase in &report.phases {
            text.push_str(&format!(
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
                figures.seed,
                phase.orders,
                phase.phase,
                simulated(phase.simulated_seconds),
                in_words(&phase.aws_faults),
                in_words(&phase.provider_unreachable),
                phase.notifications_astray,
                phase.functions_killed,
                phase.open_at_end,
            ));
        }
    }
    text.push_str(
        "\n| seed | payments | provider's faults | open when all healed | settled after | by the stack's clock \
         | open a day later | lost, doubled, wrong, leaked or stuck |\n|---|---|---|---|---|---|---|---|\n",
    );
    for (figures, report) in &told {
        text.push_str(&format!(
            "| {} | {} | {} | {} | {:.0} s | {} | {} | **{}** |\n",
            figures.seed,
            figures.payments,
            figures.provider_faults.values().sum::<u64>(),
            report.healing.open_before,
            report.healing.settled_after_seconds,
            simulated(report.healing.settled_after_simulated_seconds),
            report.healing.open_a_day_later,
            figures.losses(),
        ));
    }
    write(CHAOS, &text)
}

/// Writes the part on the flood.
pub(crate) fn write_flood(text: &str) -> anyhow::Result<()> {
    write(FLOOD, &format!("{FLOOD}\n\n{text}"))
}

/// Replaces the part with this heading; the other stays as it is.
fn write(heading: &str, text: &str) -> anyhow::Result<()> {
    let section = ::report::read_section(DOCUMENT, SECTION)?;
    ::report::write_section(DOCUMENT, SECTION, &with_part(&section, heading, text))
}

fn with_part(section: &str, heading: &str, text: &str) -> String {
    let part = |wanted: &str| {
        if wanted == heading {
            return Some(text.trim().to_owned());
        }
        let begin = section.find(wanted)?;
        let rest = section.get(begin..)?;
        let end = rest
            .get(1..)
            .and_then(|rest| rest.find("\n### "))
            .map_or(rest.len(), |end| end + 1);
        Some(rest.get(..end)?.trim().to_owned())
    };
    let parts: Vec<String> = [CHAOS, FLOOD].into_iter().filter_map(part).collect();
    parts.join("\n\n") + "\n"
}

fn in_words(counts: &crate::chaos::Counts) -> String {
    if counts.is_empty() {
        return "0".to_owned();
    }
    let total: u64 = counts.values().sum();
    let each: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    format!("{total}: {}", each.join(", "))
}

fn simulated(seconds: u64) -> String {
    match seconds {
        0..600 => format!("{seconds} s"),
        600..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_replaces_itself_and_leaves_the_other() {
        let one = with_part("_Not written yet._", FLOOD, "### Flood\n\nfast\n");
        assert_eq!(one, "### Flood\n\nfast\n");
        let both = with_part(&one, CHAOS, "### Chaos\n\nwild\n");
        assert_eq!(both, "### Chaos\n\nwild\n\n### Flood\n\nfast\n");
        let again = with_part(&both, CHAOS, "### Chaos\n\nwilder");
        assert_eq!(again, "### Chaos\n\nwilder\n\n### Flood\n\nfast\n");
        let last = with_part(&again, FLOOD, "### Flood\n\nfaster");
        assert_eq!(last, "### Chaos\n\nwilder\n\n### Flood\n\nfaster\n");
    }

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        assert_eq!(simulated(59), "59 s");
        assert_eq!(simulated(1230), "20 min");
        assert_eq!(simulated(24 * 3600 + 61), "24 h 1 min");
    }
}
