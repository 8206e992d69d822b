//! What a document takes over from the one it is made from: pure decisions over a [`Predecessor`].

use rust_decimal::Decimal;

use super::draft::Line;
use super::predecessor::{Predecessor, predecessors_of};
use super::remainder::{self, Advance};
use crate::error::{Error, Result};

/// What is asked of a predecessor.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The kind of the new document.
    pub kind: &'static str,
    /// What an invoice is for, see [`super::INVOICE_KIND`].
    pub invoice_kind: &'static str,
    /// Lines with how much of them; none: all that is open.
    pub lines: &'a [(i32, Option<Decimal>)],
    /// The net amount of an invoice or credit note that takes no quantities.
    pub amount: Option<Decimal>,
    /// More may be taken than is open, and of a document that is closed.
    pub more_than_open: bool,
}

impl Predecessor {
    /// Its internal key.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// What messages call it: "order AB-1".
    fn name(&self) -> String {
        format!("{} {}", self.kind.replace('_', " "), self.number)
    }

    /// What the office calls it: "Auftrag AB-1 vom 02.11.2026".
    fn office_name(&self) -> String {
        format!("{} {} vom {}", super::KIND.for_people(&self.kind), self.number, self.date.format("%d.%m.%Y"))
    }

    /// The lines that the new document takes over; empty for one without lines. The net amount is that of a document without
    /// lines.
    ///
    /// Errors: it is no document to make one of this kind from, or it is void, lost or closed; nothing is open, or less than
    /// is asked for.
    pub fn follow_on(&self, wanted: Wanted<'_>) -> Result<(Vec<Line>, Option<Decimal>)> {
        self.check(wanted)?;
        match wanted.amount {
            Some(amount) if wanted.kind == "invoice" => self.over_amount(wanted, amount).map(|line| (vec![line], None)),
            Some(amount) => Ok((Vec::new(), Some(amount))),
            None if self.lines.is_empty() => self.whole(wanted).map(|net| (Vec::new(), net)),
            None => self.quantities(wanted).map(|lines| (lines, None)),
        }
    }

    fn check(&self, wanted: Wanted<'_>) -> Result<()> {
        let name = self.name();
        if !predecessors_of(wanted.kind).contains(&self.kind.as_str()) {
            let kinds = predecessors_of(wanted.kind).join(" or ").replace('_', " ");
            let kind = wanted.kind.replace('_', " ");
            let from = if kinds.is_empty() { "no other document".to_owned() } else { format!("one of kind {kinds}") };
            return Err(Error::usage(format!("a document of kind {kind} is made from {from}, not from {name}")));
        }
        let is_done = matches!(self.status.as_str(), "void" | "lost");
        let is_closed = self.status == "closed" && matches!(self.kind.as_str(), "order" | "delivery_note" | "offer");
        let may_be_closed = wanted.more_than_open || wanted.invoice_kind == "final";
        if is_done || is_closed && !may_be_closed {
            return Err(Error::data(format!("{name} is {}", self.status)).hint(format!(
                "“wvl document set {} --kind {} --status open” opens it again",
                self.number, self.kind
            )));
        }
        let is_of_order = wanted.invoice_kind == "normal" || self.kind == "order";
        if wanted.kind == "invoice" && !is_of_order && wanted.invoice_kind != "partial" {
            return Err(Error::usage(format!(
                "--invoice-kind {}: this invoice is made from an order",
                wanted.invoice_kind
            )));
        }
        match &self.final_invoice {
            Some(invoice) if !wanted.more_than_open => {
                Err(Error::data(format!("{name} has its final invoice: {invoice}"))
                    .hint("--more-than-open bills on; a credit note or a void takes the final invoice back"))
            }
            _ => Ok(()),
        }
    }

    /// The net value of all lines, else of the document.
    fn net(&self) -> Option<Decimal> {
        if self.lines.is_empty() {
            return self.net_amount;
        }
        let nets = self
            .lines
            .iter()
            .map(|line| line.unit_price.map(|price| remainder::line_net(line.quantity, price, line.discount_percent)));
        nets.sum()
    }

    /// The line of an invoice that takes no quantities: an advance, or a part of the sum.
    fn over_amount(&self, wanted: Wanted<'_>, amount: Decimal) -> Result<Line> {
        if amount <= Decimal::ZERO {
            return Err(Error::usage(format!("--amount {amount}: an invoice is about more than nothing")));
        }
        let open = self.net().map(|net| net - self.invoiced - remainder::advanced(&self.advances));
        if let Some(open) = open.filter(|open| amount > *open && !wanted.more_than_open) {
            return Err(Error::data(format!("{}: {open} is not invoiced yet, less than {amount}", self.name()))
                .hint("--more-than-open allows it"));
        }
        let what = if wanted.invoice_kind == "advance" { "Anzahlung" } else { "Teilbetrag" };
        Ok(Line {
            description: format!("{what} zu {}", self.office_name()),
            quantity: Decimal::ONE,
            unit: "pauschal".to_owned(),
            unit_price: Some(amount),
            // what it costs comes with what is delivered for it
            unit_cost: Some(Decimal::ZERO),
            ..Line::default()
        })
    }

    /// The net amount of a document made from one without lines: what is left of it.
    fn whole(&self, wanted: Wanted<'_>) -> Result<Option<Decimal>> {
        if !wanted.lines.is_empty() {
            return Err(Error::data(format!("{} has no lines", self.name())).hint("--amount takes a part of it"));
        }
        let Some(net) = self.net_amount else { return Ok(None) };
        let rest =
            if wanted.kind == "invoice" { net - self.invoiced - remainder::advanced(&self.advances) } else { net };
        if rest <= Decimal::ZERO && net > Decimal::ZERO && !wanted.more_than_open {
            return Err(self.nothing_open(wanted));
        }
        Ok(Some(rest))
    }

    fn nothing_open(&self, wanted: Wanted<'_>) -> Error {
        let what = wanted.kind.replace('_', " ");
        Error::data(format!("nothing of {} is open for a document of kind {what}", self.name()))
            .hint(format!("“wvl document show {} --kind {}” says what was made from it", self.number, self.kind))
    }

    /// The lines with their quantities; of a final invoice also what it takes off.
    fn quantities(&self, wanted: Wanted<'_>) -> Result<Vec<Line>> {
        let mut taken = self.taken(wanted)?;
        let is_rest = self.lines.iter().all(|line| {
            let takes = taken.iter().filter(|taken| taken.predecessor_line_id == Some(line.id));
            takes.map(|taken| taken.quantity).sum::<Decimal>() >= line.open()
        });
        if wanted.invoice_kind == "final" {
            if is_rest {
                taken.extend(self.rounding(&taken));
            }
            taken.extend(self.advances.iter().filter(|advance| advance.rest() > Decimal::ZERO).map(taken_off));
        }
        if taken.is_empty() {
            return Err(self.nothing_open(wanted));
        }
        let advanced = remainder::advanced(&self.advances);
        if is_rest && advanced > Decimal::ZERO && wanted.invoice_kind != "final" && !wanted.more_than_open {
            let numbers: Vec<&str> = self.advances.iter().map(|advance| advance.number.as_str()).collect();
            let (name, numbers) = (self.name(), numbers.join(", "));
            let order = self.order.as_deref().unwrap_or(&self.number);
            let message = format!("{name}: this invoice bills the rest and leaves {advanced} of {numbers} standing");
            return Err(Error::data(message)
                .hint(format!("--of {order} --invoice-kind final takes advances off; --more-than-open leaves them")));
        }
        Ok(taken)
    }

    /// The lines that are asked for, or all that is open.
    fn taken(&self, wanted: Wanted<'_>) -> Result<Vec<Line>> {
        if wanted.lines.is_empty() {
            let is_wanted =
                |open: Decimal| open > Decimal::ZERO || open < Decimal::ZERO && wanted.kind != "delivery_note";
            let open = self.lines.iter().map(|line| (line, line.open()));
            return Ok(open.filter(|(_, open)| is_wanted(*open)).map(|(line, open)| line.take(open)).collect());
        }
        let mut lines = Vec::new();
        for (index, (number, quantity)) in wanted.lines.iter().enumerate() {
            if wanted.lines.iter().take(index).any(|(before, _)| before == number) {
                return Err(Error::usage(format!("--line {number} is given twice")));
            }
            let Some(line) = self.lines.iter().find(|line| line.line == *number) else {
                let known: Vec<String> = self.lines.iter().map(|line| line.line.to_string()).collect();
                return Err(Error::not_found("line", number).hint(format!(
                    "lines of {}: {}",
                    self.name(),
                    known.join(", ")
                )));
            };
            let open = line.open();
            let quantity = quantity.unwrap_or(open);
            if (quantity > open || open.is_zero()) && !wanted.more_than_open {
                let (open, all, unit) = (open.normalize(), line.quantity.normalize(), &line.unit);
                let message = format!(
                    "line {number} of {}: {open} of {all} {unit} are open, not {}",
                    self.name(),
                    quantity.normalize()
                );
                return Err(Error::data(message).hint("--more-than-open allows it"));
            }
            lines.push(line.take(quantity));
        }
        Ok(lines)
    }

    /// The cents that all invoices of the order miss.
    fn rounding(&self, taken: &[Line]) -> Option<Line> {
        let rest: Option<Decimal> = taken.iter().map(Line::net).sum();
        let count = 2 * self.lines.len() + taken.len();
        let missing = remainder::rounding(self.net()?, self.invoiced, rest?, count);
        (!missing.is_zero()).then(|| Line {
            description: "Rundungsausgleich".to_owned(),
            quantity: Decimal::ONE,
            unit: "pauschal".to_owned(),
            unit_price: Some(missing),
            unit_cost: Some(Decimal::ZERO),
            ..Line::default()
        })
    }
}

/// The line that takes an advance off.
fn taken_off(advance: &Advance) -> Line {
    Line {
        description: format!("abzüglich Rechnung {} vom {}", advance.number, advance.date.format("%d.%m.%Y")),
        quantity: Decimal::ONE,
        unit: "pauschal".to_owned(),
        unit_price: Some(-advance.rest()),
        unit_cost: Some(Decimal::ZERO),
        predecessor_line_id: advance.line_id,
        ..Line::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::predecessor::OpenLine;
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    /// An order over `(quantity, price, taken)`.
    fn order(lines: &[(&str, &str, &str)]) -> Predecessor {
        let lines = (1..).zip(lines).map(|(line, (quantity, price, taken))| OpenLine {
            id: i64::from(line) + 100,
            line,
            quantity: number(quantity),
            unit: "Stk".to_owned(),
            unit_price: Some(number(price)),
            taken: number(taken),
            ..OpenLine::default()
        });
        Predecessor {
            kind: "order".to_owned(),
            number: "AB-1".to_owned(),
            status: "open".to_owned(),
            lines: lines.collect(),
            ..Predecessor::default()
        }
    }

    fn advance(net: &str, settled: &str) -> Advance {
        Advance {
            line_id: Some(7),
            number: "RE-1".to_owned(),
            date: "2026-11-02".parse().unwrap(),
            net: number(net),
            settled: number(settled),
        }
    }

    fn wanted(kind: &'static str, invoice_kind: &'static str) -> Wanted<'static> {
        Wanted { kind, invoice_kind, lines: &[], amount: None, more_than_open: false }
    }

    /// Quantity and net of each line.
    fn told(predecessor: &Predecessor, wanted: Wanted<'_>) -> Result<String, String> {
        let (lines, _) = predecessor.follow_on(wanted).map_err(|error| error.to_string())?;
        let lines = lines.iter().map(|line| format!("{}: {}", line.quantity, line.net().unwrap().normalize()));
        Ok(lines.collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn all_that_is_open_or_what_is_asked_for() {
        let order = order(&[("10", "5", "4"), ("1", "100", "1"), ("-1", "8", "0")]);
        assert_eq!(told(&order, wanted("delivery_note", "normal")).unwrap(), "6: 30");
        assert_eq!(told(&order, wanted("invoice", "normal")).unwrap(), "6: 30, -1: -8");
        let lines = [(1, Some(number("2.5")))];
        assert_eq!(told(&order, Wanted { lines: &lines, ..wanted("invoice", "partial") }).unwrap(), "2.5: 12.5");
        let lines = [(1, Some(number("7")))];
        let more = Wanted { lines: &lines, ..wanted("delivery_note", "normal") };
        assert_eq!(told(&order, more).unwrap_err(), "line 1 of order AB-1: 6 of 10 Stk are open, not 7");
        assert_eq!(told(&order, Wanted { more_than_open: true, ..more }).unwrap(), "7: 35");
        assert!(told(&order, wanted("credit_note", "normal")).unwrap_err().contains("one of kind invoice"));
    }

    #[test]
    fn a_final_invoice_bills_the_rest_less_advances() {
        let mut order = order(&[("10", "100", "4")]);
        order.invoiced = number("400");
        order.advances = vec![advance("300", "100"), advance("50", "50")];
        assert_eq!(told(&order, wanted("invoice", "final")).unwrap(), "6: 600, 1: -200");
        assert!(told(&order, wanted("invoice", "normal")).unwrap_err().contains("leaves 200 of RE-1"));
        // a part of it may leave the advance for later
        let lines = [(1, Some(number("2")))];
        assert_eq!(told(&order, Wanted { lines: &lines, ..wanted("invoice", "partial") }).unwrap(), "2: 200");
        order.final_invoice = Some("RE-9".to_owned());
        assert!(told(&order, wanted("invoice", "final")).unwrap_err().contains("final invoice: RE-9"));
    }

    #[test]
    fn an_advance_is_no_more_than_what_is_not_billed() {
        let mut order = order(&[("10", "100", "4")]);
        order.invoiced = number("400");
        order.advances = vec![advance("100", "0")];
        let over = |amount: &str| told(&order, Wanted { amount: Some(number(amount)), ..wanted("invoice", "advance") });
        assert_eq!(over("500").unwrap(), "1: 500");
        assert!(over("500.01").unwrap_err().contains("500 is not invoiced yet"));
        assert!(over("0").is_err());
    }
}
