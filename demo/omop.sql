-- omop.sql - the tables of the OMOP common data model 5.4 in schema cdm, and research.opt_out beside them.
-- Row numbers are bigint, since large hospitals pass two thousand million; texts have no length, values are
-- numeric, exact. No keys or indexes here: omop-index.sql makes them after the data is in.
create schema cdm;
create schema research;

create table cdm.person (
	person_id bigint not null, gender_concept_id integer, year_of_birth integer,
	month_of_birth integer, day_of_birth integer, birth_datetime timestamp,
	race_concept_id integer, ethnicity_concept_id integer, location_id bigint,
	provider_id bigint, care_site_id bigint, person_source_value text,
	gender_source_value text, gender_source_concept_id integer, race_source_value text,
	race_source_concept_id integer, ethnicity_source_value text,
	ethnicity_source_concept_id integer
);
create table cdm.observation_period (
	observation_period_id bigint not null, person_id bigint not null,
	observation_period_start_date date, observation_period_end_date date,
	period_type_concept_id integer
);
create table cdm.visit_occurrence (
	visit_occurrence_id bigint not null, person_id bigint not null, visit_concept_id integer,
	visit_start_date date, visit_start_datetime timestamp, visit_end_date date,
	visit_end_datetime timestamp, visit_type_concept_id integer, provider_id bigint,
	care_site_id bigint, visit_source_value text, visit_source_concept_id integer,
	admitted_from_concept_id integer, admitted_from_source_value text,
	discharged_to_concept_id integer, discharged_to_source_value text,
	preceding_visit_occurrence_id bigint
);
create table cdm.visit_detail (
	visit_detail_id bigint not null, person_id bigint not null,
	visit_detail_concept_id integer, visit_detail_start_date date,
	visit_detail_start_datetime timestamp, visit_detail_end_date date,
	visit_detail_end_datetime timestamp, visit_detail_type_concept_id integer,
	provider_id bigint, care_site_id bigint, visit_detail_source_value text,
	visit_detail_source_concept_id integer, admitted_from_concept_id integer,
	admitted_from_source_value text, discharged_to_source_value text,
	discharged_to_concept_id integer, preceding_visit_detail_id bigint,
	parent_visit_detail_id bigint, visit_occurrence_id bigint
);
create table cdm.condition_occurrence (
	condition_occurrence_id bigint not null, person_id bigint not null,
	condition_concept_id integer, condition_start_date date,
	condition_start_datetime timestamp, condition_end_date date,
	condition_end_datetime timestamp, condition_type_concept_id integer,
	condition_status_concept_id integer, stop_reason text, provider_id bigint,
	visit_occurrence_id bigint, visit_detail_id bigint, condition_source_value text,
	condition_source_concept_id integer, condition_status_source_value text
);
create table cdm.drug_exposure (
	drug_exposure_id bigint not null, person_id bigint not null, drug_concept_id integer,
	drug_exposure_start_date date, drug_exposure_start_datetime timestamp,
	drug_exposure_end_date date, drug_exposure_end_datetime timestamp,
	verbatim_end_date date, drug_type_concept_id integer, stop_reason text, refills integer,
	quantity numeric, days_supply integer, sig text, route_concept_id integer,
	lot_number text, provider_id bigint, visit_occurrence_id bigint, visit_detail_id bigint,
	drug_source_value text, drug_source_concept_id integer, route_source_value text,
	dose_unit_source_value text
);
create table cdm.procedure_occurrence (
	procedure_occurrence_id bigint not null, person_id bigint not null,
	procedure_concept_id integer, procedure_date date, procedure_datetime timestamp,
	procedure_end_date date, procedure_end_datetime timestamp,
	procedure_type_concept_id integer, modifier_concept_id integer, quantity integer,
	provider_id bigint, visit_occurrence_id bigint, visit_detail_id bigint,
	procedure_source_value text, procedure_source_concept_id integer,
	modifier_source_value text
);
create table cdm.device_exposure (
	device_exposure_id bigint not null, person_id bigint not null, device_concept_id integer,
	device_exposure_start_date date, device_exposure_start_datetime timestamp,
	device_exposure_end_date date, device_exposure_end_datetime timestamp,
	device_type_concept_id integer, unique_device_id text, production_id text,
	quantity integer, provider_id bigint, visit_occurrence_id bigint, visit_detail_id bigint,
	device_source_value text, device_source_concept_id integer, unit_concept_id integer,
	unit_source_value text, unit_source_concept_id integer
);
create table cdm.measurement (
	measurement_id bigint not null, person_id bigint not null,
	measurement_concept_id integer, measurement_date date, measurement_datetime timestamp,
	measurement_time text, measurement_type_concept_id integer, operator_concept_id integer,
	value_as_number numeric, value_as_concept_id integer, unit_concept_id integer,
	range_low numeric, range_high numeric, provider_id bigint, visit_occurrence_id bigint,
	visit_detail_id bigint, measurement_source_value text,
	measurement_source_concept_id integer, unit_source_value text,
	unit_source_concept_id integer, value_source_value text, measurement_event_id bigint,
	meas_event_field_concept_id integer
);
create table cdm.observation (
	observation_id bigint not null, person_id bigint not null,
	observation_concept_id integer, observation_date date, observation_datetime timestamp,
	observation_type_concept_id integer, value_as_number numeric, value_as_string text,
	value_as_concept_id integer, qualifier_concept_id integer, unit_concept_id integer,
	provider_id bigint, visit_occurrence_id bigint, visit_detail_id bigint,
	observation_source_value text, observation_source_concept_id integer,
	unit_source_value text, qualifier_source_value text, value_source_value text,
	observation_event_id bigint, obs_event_field_concept_id integer
);
create table cdm.death (
	person_id bigint not null, death_date date, death_datetime timestamp,
	death_type_concept_id integer, cause_concept_id integer, cause_source_value text,
	cause_source_concept_id integer
);
create table cdm.note (
	note_id bigint not null, person_id bigint not null, note_date date,
	note_datetime timestamp, note_type_concept_id integer, note_class_concept_id integer,
	note_title text, note_text text, encoding_concept_id integer,
	language_concept_id integer, provider_id bigint, visit_occurrence_id bigint,
	visit_detail_id bigint, note_source_value text, note_event_id bigint,
	note_event_field_concept_id integer
);
create table cdm.note_nlp (
	note_nlp_id bigint not null, note_id bigint, section_concept_id integer, snippet text,
	"offset" text, lexical_variant text, note_nlp_concept_id integer,
	note_nlp_source_concept_id integer, nlp_system text, nlp_date date,
	nlp_datetime timestamp, term_exists text, term_temporal text, term_modifiers text
);
create table cdm.specimen (
	specimen_id bigint not null, person_id bigint not null, specimen_concept_id integer,
	specimen_type_concept_id integer, specimen_date date, specimen_datetime timestamp,
	quantity numeric, unit_concept_id integer, anatomic_site_concept_id integer,
	disease_status_concept_id integer, specimen_source_id text, specimen_source_value text,
	unit_source_value text, anatomic_site_source_value text,
	disease_status_source_value text
);
create table cdm.fact_relationship (
	domain_concept_id_1 integer, fact_id_1 bigint, domain_concept_id_2 integer,
	fact_id_2 bigint, relationship_concept_id integer
);
create table cdm.location (
	location_id bigint not null, address_1 text, address_2 text, city text, state text,
	zip text, county text, location_source_value text, country_concept_id integer,
	country_source_value text, latitude numeric, longitude numeric
);
create table cdm.care_site (
	care_site_id bigint not null, care_site_name text, place_of_service_concept_id integer,
	location_id bigint, care_site_source_value text, place_of_service_source_value text
);
create table cdm.provider (
	provider_id bigint not null, provider_name text, npi text, dea text,
	specialty_concept_id integer, care_site_id bigint, year_of_birth integer,
	gender_concept_id integer, provider_source_value text, specialty_source_value text,
	specialty_source_concept_id integer, gender_source_value text,
	gender_source_concept_id integer
);
create table cdm.payer_plan_period (
	payer_plan_period_id bigint not null, person_id bigint not null,
	payer_plan_period_start_date date, payer_plan_period_end_date date,
	payer_concept_id integer, payer_source_value text, payer_source_concept_id integer,
	plan_concept_id integer, plan_source_value text, plan_source_concept_id integer,
	sponsor_concept_id integer, sponsor_source_value text, sponsor_source_concept_id integer,
	family_source_value text, stop_reason_concept_id integer, stop_reason_source_value text,
	stop_reason_source_concept_id integer
);
create table cdm.cost (
	cost_id bigint not null, cost_event_id bigint, cost_domain_id text,
	cost_type_concept_id integer, currency_concept_id integer, total_charge numeric,
	total_cost numeric, total_paid numeric, paid_by_payer numeric, paid_by_patient numeric,
	paid_patient_copay numeric, paid_patient_coinsurance numeric,
	paid_patient_deductible numeric, paid_by_primary numeric, paid_ingredient_cost numeric,
	paid_dispensing_fee numeric, payer_plan_period_id bigint, amount_allowed numeric,
	revenue_code_concept_id integer, revenue_code_source_value text, drg_concept_id integer,
	drg_source_value text
);
create table cdm.drug_era (
	drug_era_id bigint not null, person_id bigint not null, drug_concept_id integer,
	drug_era_start_date date, drug_era_end_date date, drug_exposure_count integer,
	gap_days integer
);
create table cdm.dose_era (
	dose_era_id bigint not null, person_id bigint not null, drug_concept_id integer,
	unit_concept_id integer, dose_value numeric, dose_era_start_date date,
	dose_era_end_date date
);
create table cdm.condition_era (
	condition_era_id bigint not null, person_id bigint not null,
	condition_concept_id integer, condition_era_start_date date, condition_era_end_date date,
	condition_occurrence_count integer
);
create table cdm.episode (
	episode_id bigint not null, person_id bigint not null, episode_concept_id integer,
	episode_start_date date, episode_start_datetime timestamp, episode_end_date date,
	episode_end_datetime timestamp, episode_parent_id bigint, episode_number integer,
	episode_object_concept_id integer, episode_type_concept_id integer,
	episode_source_value text, episode_source_concept_id integer
);
create table cdm.episode_event (
	episode_id bigint not null, event_id bigint, episode_event_field_concept_id integer
);
create table cdm.metadata (
	metadata_id integer not null, metadata_concept_id integer,
	metadata_type_concept_id integer, name text, value_as_string text,
	value_as_concept_id integer, value_as_number numeric, metadata_date date,
	metadata_datetime timestamp
);
create table cdm.cdm_source (
	cdm_source_name text, cdm_source_abbreviation text, cdm_holder text,
	source_description text, source_documentation_reference text, cdm_etl_reference text,
	source_release_date date, cdm_release_date date, cdm_version text,
	cdm_version_concept_id integer, vocabulary_version text
);
create table cdm.concept (
	concept_id integer not null, concept_name text, domain_id text, vocabulary_id text,
	concept_class_id text, standard_concept text, concept_code text, valid_start_date date,
	valid_end_date date, invalid_reason text
);
create table cdm.vocabulary (
	vocabulary_id text not null, vocabulary_name text, vocabulary_reference text,
	vocabulary_version text, vocabulary_concept_id integer
);
create table cdm.domain (
	domain_id text not null, domain_name text, domain_concept_id integer
);
create table cdm.concept_class (
	concept_class_id text not null, concept_class_name text,
	concept_class_concept_id integer
);
create table cdm.concept_relationship (
	concept_id_1 integer, concept_id_2 integer, relationship_id text, valid_start_date date,
	valid_end_date date, invalid_reason text
);
create table cdm.relationship (
	relationship_id text not null, relationship_name text, is_hierarchical text,
	defines_ancestry text, reverse_relationship_id text, relationship_concept_id integer
);
create table cdm.concept_synonym (
	concept_id integer not null, concept_synonym_name text, language_concept_id integer
);
create table cdm.concept_ancestor (
	ancestor_concept_id integer not null, descendant_concept_id integer,
	min_levels_of_separation integer, max_levels_of_separation integer
);
create table cdm.source_to_concept_map (
	source_code text, source_concept_id integer, source_vocabulary_id text,
	source_code_description text, target_concept_id integer, target_vocabulary_id text,
	valid_start_date date, valid_end_date date, invalid_reason text
);
create table cdm.drug_strength (
	drug_concept_id integer not null, ingredient_concept_id integer, amount_value numeric,
	amount_unit_concept_id integer, numerator_value numeric,
	numerator_unit_concept_id integer, denominator_value numeric,
	denominator_unit_concept_id integer, box_size integer, valid_start_date date,
	valid_end_date date, invalid_reason text
);

-- People who do not want their records used for research.
create table research.opt_out (
	person_id bigint not null
);
