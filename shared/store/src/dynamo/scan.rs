//! All rows of the table, page by page: for an operator's audit. It reads the whole table, evidence and all, and costs
//! as much; no function does this.

use super::DynamoStore;
use super::items::{self, Item, ROW};
use crate::StoreError;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use domain::Payment;

/// Where a page of rows ended.
#[derive(Debug, Clone, PartialEq)]
pub struct RowCursor(Item);

/// A row that cannot be read.
#[derive(Debug)]
pub struct UnreadableRow {
    /// Its partition key.
    pub key: String,
    /// Why not.
    pub error: StoreError,
}

/// A page of rows, in no order.
#[derive(Debug, Default)]
pub struct RowPage {
    /// Each row as it stood when the page was read.
    pub rows: Vec<Payment>,
    /// Rows that cannot be read: a person must look.
    pub unreadable: Vec<UnreadableRow>,
    /// Where to go on; `None` at the end.
    pub next: Option<RowCursor>,
}

impl DynamoStore {
    /// The page of rows after `after`, or the first. A page may hold none and not be the last.
    pub async fn scan_rows(&self, after: Option<&RowCursor>) -> Result<RowPage, StoreError> {
        let input = ScanInput::builder()
            .table_name(&self.settings.table)
            .filter_expression("sk = :row AND begins_with(pk, :payment)")
            .expression_attribute_values(":row", items::text(ROW))
            .expression_attribute_values(":payment", items::text(items::ROW_PREFIX))
            .consistent_read(true)
            .set_exclusive_start_key(after.map(|after| after.0.clone()))
            .set_return_consumed_capacity(self.capacity())
            .build()
            .map_err(|error| items::incomplete(&error))?;
        let answer = self.calls.scan(input).await?;
        self.count("Scan", answer.consumed_capacity.as_slice());
        let mut page = RowPage {
            next: answer.last_evaluated_key.map(RowCursor),
            ..RowPage::default()
        };
        for item in answer.items.unwrap_or_default() {
            match items::payment(&item) {
                Ok(row) => page.rows.push(row),
                Err(error) => page.unreadable.push(UnreadableRow {
                    key: items::take_text(&item, "pk").unwrap_or_default(),
                    error,
                }),
            }
        }
        Ok(page)
    }
}
