//! Tables as diesel sees them: generated from the migrated database by tests/schema.rs, never edited.
#![expect(missing_docs, reason = "the database's own comments describe tables and columns")]

diesel::table! {
    wvl.absences (id) {
        id -> Int8,
        employee_id -> Int8,
        first_day -> Date,
        last_day -> Date,
        kind -> Text,
        note -> Nullable<Text>,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
        uid -> Nullable<Text>,
    }
}

diesel::table! {
    wvl.companies (id) {
        id -> Int8,
        name -> Text,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.contact_persons (id) {
        id -> Int8,
        number -> Text,
        partner_id -> Int8,
        salutation -> Nullable<Text>,
        first_name -> Nullable<Text>,
        last_name -> Text,
        position -> Nullable<Text>,
        phone -> Nullable<Text>,
        mobile -> Nullable<Text>,
        email -> Nullable<Text>,
        birthday -> Nullable<Date>,
        active -> Bool,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.contracts (id) {
        id -> Int8,
        number -> Text,
        name -> Text,
        status -> Text,
        partner_id -> Nullable<Int8>,
        company_id -> Int8,
        department_id -> Nullable<Int8>,
        handler_id -> Nullable<Int8>,
        field_rep_id -> Nullable<Int8>,
        inside_rep_id -> Nullable<Int8>,
        starts_at -> Nullable<Timestamptz>,
        ends_at -> Nullable<Timestamptz>,
        notice_by -> Nullable<Timestamptz>,
        expiry_due_at -> Nullable<Timestamptz>,
        next_billing_at -> Nullable<Timestamptz>,
        amount -> Nullable<Numeric>,
        currency -> Text,
        calendar -> Nullable<Text>,
        link -> Nullable<Text>,
        note -> Nullable<Text>,
        changed_txid -> Int8,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.departments (id) {
        id -> Int8,
        company_id -> Int8,
        name -> Text,
        head_id -> Nullable<Int8>,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.document_details (id) {
        id -> Int8,
        document_id -> Int8,
        contact_person_id -> Nullable<Int8>,
        tax_rate -> Nullable<Numeric>,
        dunning_level -> Int2,
        invoice_kind -> Text,
        predecessor_id -> Nullable<Int8>,
        link -> Nullable<Text>,
        note -> Nullable<Text>,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.document_events (id) {
        id -> Int8,
        document_id -> Int8,
        at -> Timestamptz,
        event -> Text,
        old_value -> Nullable<Text>,
        new_value -> Nullable<Text>,
        created_at -> Timestamptz,
        created_by -> Text,
        line -> Nullable<Int4>,
        txid -> Nullable<Int8>,
    }
}

diesel::table! {
    wvl.document_lines (id) {
        id -> Int8,
        document_id -> Int8,
        line -> Int4,
        product_id -> Nullable<Int8>,
        product_group -> Nullable<Text>,
        description -> Text,
        quantity -> Numeric,
        unit -> Text,
        unit_price -> Nullable<Numeric>,
        discount_percent -> Numeric,
        unit_cost -> Nullable<Numeric>,
        delivered_quantity -> Numeric,
        invoiced_quantity -> Numeric,
        licence_expires_at -> Nullable<Timestamptz>,
        renewed_at -> Nullable<Timestamptz>,
        predecessor_line_id -> Nullable<Int8>,
        changed_txid -> Int8,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
        delivered_noted -> Numeric,
        invoiced_noted -> Numeric,
        covered_quantity -> Numeric,
    }
}

diesel::table! {
    wvl.documents (id) {
        id -> Int8,
        kind -> Text,
        number -> Text,
        status -> Text,
        title -> Text,
        partner_id -> Nullable<Int8>,
        company_id -> Int8,
        department_id -> Nullable<Int8>,
        handler_id -> Nullable<Int8>,
        field_rep_id -> Nullable<Int8>,
        inside_rep_id -> Nullable<Int8>,
        document_date -> Date,
        booked_at -> Timestamptz,
        follow_up_at -> Nullable<Timestamptz>,
        commissioning_due_at -> Nullable<Timestamptz>,
        delivery_due_at -> Nullable<Timestamptz>,
        delivered_at -> Nullable<Timestamptz>,
        payment_due_at -> Nullable<Timestamptz>,
        picked_at -> Nullable<Timestamptz>,
        paid_at -> Nullable<Timestamptz>,
        closed_at -> Nullable<Timestamptz>,
        voided_at -> Nullable<Timestamptz>,
        net_amount -> Nullable<Numeric>,
        cost_amount -> Nullable<Numeric>,
        open_amount -> Nullable<Numeric>,
        currency -> Text,
        delivery_status -> Text,
        invoicing_status -> Text,
        changed_txid -> Int8,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.employee_assignments (id) {
        id -> Int8,
        employee_id -> Int8,
        valid_from -> Date,
        supervisor_id -> Nullable<Int8>,
        deputy_id -> Nullable<Int8>,
        department_id -> Nullable<Int8>,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.employees (id) {
        id -> Int8,
        number -> Int8,
        first_name -> Text,
        last_name -> Text,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        mobile -> Nullable<Text>,
        site_id -> Int8,
        active -> Bool,
        working_days -> Nullable<Text>,
        birthday -> Nullable<Date>,
        birthday_consent -> Bool,
        language -> Text,
        pg_role -> Nullable<Text>,
        left_on -> Nullable<Date>,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
        channels -> Nullable<Text>,
    }
}

diesel::table! {
    wvl.escalation_chains (type_, item_id, due_version) {
        #[sql_name = "type"]
        type_ -> Text,
        item_id -> Text,
        due_version -> Int8,
        step -> Int4,
        last_at -> Nullable<Timestamptz>,
        baseline -> Bool,
        state -> Text,
        judged_txid -> Nullable<Int8>,
    }
}

diesel::table! {
    wvl.escalation_fallbacks (step_id, recipient_id) {
        step_id -> Int8,
        recipient_id -> Int8,
        outcome -> Text,
        at -> Timestamptz,
        created_at -> Timestamptz,
        created_by -> Text,
    }
}

diesel::table! {
    wvl.escalation_marks (type_, calendar) {
        #[sql_name = "type"]
        type_ -> Text,
        calendar -> Text,
        collected_at -> Timestamptz,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
        rehearsal -> Bool,
    }
}

diesel::table! {
    wvl.escalation_searches (type_) {
        #[sql_name = "type"]
        type_ -> Text,
        due_until -> Timestamptz,
        txid -> Int8,
        origin -> Text,
        definition -> Text,
        swept_at -> Timestamptz,
        rehearsal -> Bool,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.escalation_silences (id) {
        id -> Int8,
        kind -> Text,
        #[sql_name = "type"]
        type_ -> Text,
        item_id -> Text,
        due_version -> Nullable<Int8>,
        reference -> Text,
        since -> Timestamptz,
        until -> Timestamptz,
        lifted_at -> Nullable<Timestamptz>,
        note -> Nullable<Text>,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.escalation_step_messages (step_id, message_id) {
        step_id -> Int8,
        message_id -> Uuid,
    }
}

diesel::table! {
    wvl.escalation_steps (id) {
        id -> Int8,
        #[sql_name = "type"]
        type_ -> Text,
        item_id -> Text,
        due_version -> Int8,
        step -> Int4,
        at -> Timestamptz,
        due_at -> Timestamptz,
        reference -> Text,
        title -> Text,
        recipients -> Array<Nullable<Text>>,
        rehearsal -> Bool,
        baseline -> Bool,
        created_at -> Timestamptz,
        created_by -> Text,
    }
}

diesel::table! {
    wvl.job_runs (id) {
        id -> Int8,
        job -> Text,
        host -> Text,
        pid -> Int4,
        started_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        outcome -> Nullable<Text>,
        exit_code -> Nullable<Int2>,
        counts -> Nullable<Jsonb>,
        message -> Nullable<Text>,
        config_hash -> Nullable<Text>,
    }
}

diesel::table! {
    wvl.notices (id) {
        id -> Int8,
        number -> Text,
        kind -> Text,
        title -> Text,
        description -> Nullable<Text>,
        partner_id -> Nullable<Int8>,
        company_id -> Int8,
        handler_id -> Nullable<Int8>,
        team_id -> Nullable<Int8>,
        notify_at -> Nullable<Timestamptz>,
        raised_at -> Nullable<Timestamptz>,
        done_at -> Nullable<Timestamptz>,
        link -> Nullable<Text>,
        changed_txid -> Int8,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.number_ranges (id) {
        id -> Int8,
        name -> Text,
        mask -> Text,
        period -> Text,
        counter -> Int8,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.outbox_guards (id) {
        id -> Bool,
        system_identifier -> Int8,
        timeline -> Int4,
        database_oid -> Int8,
        written_by -> Int8,
        released_at -> Timestamptz,
        released_by -> Text,
        held_since -> Nullable<Timestamptz>,
        held_change -> Nullable<Text>,
    }
}

diesel::table! {
    wvl.outbox_hosts (host) {
        host -> Text,
        next_at -> Timestamptz,
    }
}

diesel::table! {
    wvl.outbox_messages (id) {
        id -> Uuid,
        message_id -> Text,
        channel -> Text,
        kind -> Text,
        class -> Text,
        envelope_from -> Text,
        subject -> Text,
        raw -> Nullable<Bytea>,
        sha256 -> Bytea,
        not_before -> Nullable<Timestamptz>,
        expires_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        created_by -> Text,
    }
}

diesel::table! {
    wvl.outbox_recipients (id) {
        id -> Int8,
        message_id -> Uuid,
        address -> Text,
        original_address -> Nullable<Text>,
        state -> Text,
        attempt -> Int4,
        leased_until -> Nullable<Timestamptz>,
        next_attempt_at -> Timestamptz,
        last_reply -> Nullable<Text>,
        done_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
        offered_attempt -> Nullable<Int4>,
        strikes -> Int2,
        sender -> Nullable<Text>,
        tried_since -> Nullable<Timestamptz>,
        brake_key -> Nullable<Text>,
    }
}

diesel::table! {
    wvl.partners (id) {
        id -> Int8,
        number -> Text,
        kind -> Text,
        name -> Text,
        matchcode -> Nullable<Text>,
        street -> Nullable<Text>,
        postcode -> Nullable<Text>,
        city -> Nullable<Text>,
        country -> Text,
        phone -> Nullable<Text>,
        email -> Nullable<Text>,
        website -> Nullable<Text>,
        field_rep_id -> Nullable<Int8>,
        inside_rep_id -> Nullable<Int8>,
        company_id -> Int8,
        language -> Text,
        follow_up_at -> Nullable<Timestamptz>,
        follow_up_note -> Nullable<Text>,
        active -> Bool,
        changed_txid -> Int8,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.products (id) {
        id -> Int8,
        number -> Text,
        name -> Text,
        product_group -> Nullable<Text>,
        unit -> Text,
        price -> Nullable<Numeric>,
        cost -> Nullable<Numeric>,
        active -> Bool,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.purchase_order_lines (id) {
        id -> Int8,
        purchase_order_id -> Int8,
        line -> Int4,
        product_id -> Nullable<Int8>,
        description -> Text,
        quantity -> Numeric,
        unit -> Text,
        unit_price -> Nullable<Numeric>,
        received_quantity -> Numeric,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.purchase_orders (id) {
        id -> Int8,
        number -> Text,
        status -> Text,
        title -> Text,
        partner_id -> Nullable<Int8>,
        company_id -> Int8,
        department_id -> Nullable<Int8>,
        handler_id -> Nullable<Int8>,
        order_date -> Date,
        expected_at -> Nullable<Timestamptz>,
        receipt_status -> Text,
        net_amount -> Nullable<Numeric>,
        currency -> Text,
        link -> Nullable<Text>,
        closed_at -> Nullable<Timestamptz>,
        changed_txid -> Int8,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.report_editions (id) {
        id -> Int8,
        report -> Text,
        scope -> Text,
        day -> Date,
        address -> Text,
        employee_id -> Nullable<Int8>,
        edition -> Int2,
        outcome -> Text,
        at -> Timestamptz,
        subject -> Text,
        message_id -> Nullable<Uuid>,
        snapshot -> Nullable<Text>,
        origin -> Nullable<Text>,
        rehearsal -> Bool,
        created_at -> Timestamptz,
        created_by -> Text,
    }
}

diesel::table! {
    wvl.sales_targets (id) {
        id -> Int8,
        month -> Date,
        figure -> Text,
        company_id -> Nullable<Int8>,
        field_rep_id -> Nullable<Int8>,
        amount -> Numeric,
        currency -> Text,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.sites (id) {
        id -> Int8,
        company_id -> Int8,
        name -> Text,
        calendar -> Nullable<Text>,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.tasks (id) {
        id -> Int8,
        number -> Text,
        title -> Text,
        description -> Nullable<Text>,
        status -> Text,
        priority -> Text,
        partner_id -> Nullable<Int8>,
        company_id -> Int8,
        department_id -> Nullable<Int8>,
        handler_id -> Nullable<Int8>,
        team_id -> Nullable<Int8>,
        due_at -> Nullable<Timestamptz>,
        done_at -> Nullable<Timestamptz>,
        link -> Nullable<Text>,
        changed_txid -> Int8,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.team_members (id) {
        id -> Int8,
        team_id -> Int8,
        employee_id -> Int8,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.teams (id) {
        id -> Int8,
        name -> Text,
        lead_id -> Nullable<Int8>,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    wvl.ticket_events (id) {
        id -> Int8,
        ticket_id -> Int8,
        at -> Timestamptz,
        kind -> Text,
        old_value -> Nullable<Text>,
        new_value -> Nullable<Text>,
        created_at -> Timestamptz,
        created_by -> Text,
    }
}

diesel::table! {
    wvl.tickets (id) {
        id -> Int8,
        number -> Text,
        title -> Text,
        description -> Nullable<Text>,
        status -> Text,
        severity -> Text,
        partner_id -> Nullable<Int8>,
        contact_person_id -> Nullable<Int8>,
        contract_id -> Nullable<Int8>,
        company_id -> Int8,
        department_id -> Nullable<Int8>,
        handler_id -> Nullable<Int8>,
        team_id -> Nullable<Int8>,
        opened_at -> Timestamptz,
        due_at -> Nullable<Timestamptz>,
        due_version -> Int8,
        closed_at -> Nullable<Timestamptz>,
        link -> Nullable<Text>,
        changed_txid -> Int8,
        created_at -> Timestamptz,
        created_by -> Text,
        changed_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(absences -> employees (employee_id));
diesel::joinable!(contact_persons -> partners (partner_id));
diesel::joinable!(contracts -> companies (company_id));
diesel::joinable!(contracts -> departments (department_id));
diesel::joinable!(contracts -> partners (partner_id));
diesel::joinable!(departments -> companies (company_id));
diesel::joinable!(departments -> employees (head_id));
diesel::joinable!(document_details -> contact_persons (contact_person_id));
diesel::joinable!(document_events -> documents (document_id));
diesel::joinable!(document_lines -> documents (document_id));
diesel::joinable!(document_lines -> products (product_id));
diesel::joinable!(documents -> companies (company_id));
diesel::joinable!(documents -> departments (department_id));
diesel::joinable!(documents -> partners (partner_id));
diesel::joinable!(employee_assignments -> departments (department_id));
diesel::joinable!(employees -> sites (site_id));
diesel::joinable!(escalation_fallbacks -> escalation_steps (step_id));
diesel::joinable!(escalation_fallbacks -> outbox_recipients (recipient_id));
diesel::joinable!(escalation_step_messages -> escalation_steps (step_id));
diesel::joinable!(escalation_step_messages -> outbox_messages (message_id));
diesel::joinable!(notices -> companies (company_id));
diesel::joinable!(notices -> employees (handler_id));
diesel::joinable!(notices -> partners (partner_id));
diesel::joinable!(notices -> teams (team_id));
diesel::joinable!(outbox_recipients -> outbox_messages (message_id));
diesel::joinable!(partners -> companies (company_id));
diesel::joinable!(purchase_order_lines -> products (product_id));
diesel::joinable!(purchase_order_lines -> purchase_orders (purchase_order_id));
diesel::joinable!(purchase_orders -> companies (company_id));
diesel::joinable!(purchase_orders -> departments (department_id));
diesel::joinable!(purchase_orders -> employees (handler_id));
diesel::joinable!(purchase_orders -> partners (partner_id));
diesel::joinable!(report_editions -> employees (employee_id));
diesel::joinable!(report_editions -> outbox_messages (message_id));
diesel::joinable!(sales_targets -> companies (company_id));
diesel::joinable!(sales_targets -> employees (field_rep_id));
diesel::joinable!(sites -> companies (company_id));
diesel::joinable!(tasks -> companies (company_id));
diesel::joinable!(tasks -> departments (department_id));
diesel::joinable!(tasks -> employees (handler_id));
diesel::joinable!(tasks -> partners (partner_id));
diesel::joinable!(tasks -> teams (team_id));
diesel::joinable!(team_members -> employees (employee_id));
diesel::joinable!(team_members -> teams (team_id));
diesel::joinable!(teams -> employees (lead_id));
diesel::joinable!(ticket_events -> tickets (ticket_id));
diesel::joinable!(tickets -> companies (company_id));
diesel::joinable!(tickets -> contact_persons (contact_person_id));
diesel::joinable!(tickets -> contracts (contract_id));
diesel::joinable!(tickets -> departments (department_id));
diesel::joinable!(tickets -> employees (handler_id));
diesel::joinable!(tickets -> partners (partner_id));
diesel::joinable!(tickets -> teams (team_id));

diesel::allow_tables_to_appear_in_same_query!(
    absences,
    companies,
    contact_persons,
    contracts,
    departments,
    document_details,
    document_events,
    document_lines,
    documents,
    employee_assignments,
    employees,
    escalation_chains,
    escalation_fallbacks,
    escalation_marks,
    escalation_searches,
    escalation_silences,
    escalation_step_messages,
    escalation_steps,
    job_runs,
    notices,
    number_ranges,
    outbox_guards,
    outbox_hosts,
    outbox_messages,
    outbox_recipients,
    partners,
    products,
    purchase_order_lines,
    purchase_orders,
    report_editions,
    sales_targets,
    sites,
    tasks,
    team_members,
    teams,
    ticket_events,
    tickets,
);
