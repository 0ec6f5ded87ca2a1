"""The letters in English."""

from __future__ import annotations

from receivables.letters.texts.schema import LetterTexts, StageTexts

ENGLISH = LetterTexts(
    stages={
        "reminder": StageTexts(
            title="Payment reminder",
            opening=(
                "Thank you for your business. This is a friendly reminder that the items listed below, "
                "**{total}** in total, are about to fall due. We would be grateful if you could arrange "
                "payment by their due dates.",
            ),
            closing=(
                "If your payment is already on its way, please accept our thanks and disregard this "
                "reminder. If you have a question about an item, or expect a delay, please let us know "
                "before the due date, so that we can find a solution together.",
            ),
            mail=(
                "This is a friendly reminder that items of {total} in total are about to fall due. We would "
                "be grateful if you could arrange payment by their due dates. If your payment is on its way, "
                "please accept our thanks.",
            ),
        ),
        "dunning_letter": StageTexts(
            title="Dunning letter",
            opening=(
                "The payment term agreed in our contract has passed for the items listed below, and as of "
                "{issued_on} we have not received your payment. The overdue balance is **{total}**.",
                "Please transfer the full amount **by {pay_by}** to the account below.",
            ),
            points_intro="We draw your attention to what follows from late payment under our contract:",
            points=(
                "Late-payment damages accrue at **{daily} of the overdue amount per day** from the day "
                "after the due date, up to {cap} of the item.",
                "For an item that stays unpaid after this letter and is **{stop_days} days or more past "
                "due**, any **security deposit** you have lodged with us **automatically becomes liquidated "
                "damages**, and our **cooperation stops**.",
            ),
            closing=(
                "If you dispute an item, please tell us in writing, with your reasons, by the same date; "
                "items not in dispute remain payable. If you have already paid, please send us the proof "
                "of payment and disregard this letter.",
            ),
            mail=(
                "The payment term has passed for items of {total} in total, and we have not received your "
                "payment. Please transfer the full amount by {pay_by}. "
                "Our dunning letter {number} lists the items.",
            ),
        ),
        "final_demand": StageTexts(
            title="Final demand for payment",
            opening=(
                "In spite of our dunning letter{earlier} the items listed below are still unpaid on "
                "{issued_on}. The overdue balance is **{total}**. We hereby demand payment for the last "
                "time.",
                "Please transfer the overdue balance in full **by {pay_by}** to the account below.",
            ),
            points_intro=(
                "As payment is {stop_days} days or more past due, the following takes effect under our "
                "contract as of the date of this letter:"
            ),
            points=(
                "Any **security deposit** you have lodged with us **automatically becomes liquidated "
                "damages** and is not refunded.",
                "Our **cooperation stops**: deliveries, leases and services are suspended, and no new "
                "business is accepted.",
                "We recover **late-payment damages** of {daily} of the overdue amount per day, up to "
                "{cap} of each item. As of the date of this letter they amount to **{damages}**; they are "
                "claimed in addition to the overdue balance and go on accruing until it is paid.",
            ),
            closing=(
                "If the overdue balance is not received in full by {pay_by}, we shall pursue the debt and "
                "all damages by legal means, at your expense and without further notice.",
            ),
            mail=(
                "In spite of our dunning letter, items of {total} in total are still unpaid. This is our "
                "final demand {number}: please transfer the full amount by {pay_by}. "
                "Cooperation has stopped until then.",
            ),
        ),
    },
    money={"": "{currency} {amount}"},
    date="{day} {month} {year}",
    month_names=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    earlier=" No. {number} of {issued_on}",
    earlier_separator=",",
    earlier_all="{letters}",
    capital_currencies={},
    capital="",
    number="Reference",
    issued_on="Date",
    customer_number="Customer no.",
    pay_by="Pay by",
    contact="Your contact",
    phone="Phone",
    email="E-mail",
    attention="Attn. {contact}",
    salutation="Dear {contact},",
    salutation_unnamed="Dear Sir or Madam,",
    total_due="Amount falling due",
    total_overdue="Overdue balance",
    index="No.",
    document="Document",
    document_on="Document date",
    due_on="Due date",
    days_to_due="Days to due date",
    days_overdue="Days overdue",
    amount="Amount",
    open_amount="Open amount",
    damages="Damages",
    total="Total",
    amounts_in="Amounts in {currency}",
    schedule="Schedule of items",
    see_schedule="The items are listed in the schedule to this letter.",
    payment="Payment details",
    payee="Payee",
    bank="Bank",
    account="Account number",
    quote="Please quote",
    no_account="Please contact us for the account to pay to.",
    no_account_contact="Please contact us for the account to pay to: {contact}",
    regards="Yours faithfully,",
    seal="",
    page="Page {page} of {pages}",
)
