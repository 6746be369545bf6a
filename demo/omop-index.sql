-- omop-index.sql - what count questions need, made after the data is in.
-- (concept, person, date) answers "who had one of these in that time" from the index alone; (person) finds
-- everything about a person. Afterwards: vacuum (analyze), so that index-only scans need not visit rows.
set maintenance_work_mem = '256MB';

create unique index on cdm.person (person_id) include (gender_concept_id, year_of_birth);
create index on cdm.observation_period (person_id) include (observation_period_start_date, observation_period_end_date);
create index on cdm.visit_occurrence (person_id);
create index on cdm.visit_occurrence (visit_concept_id, person_id, visit_start_date);
create index on cdm.visit_detail (person_id);
create index on cdm.condition_occurrence (person_id);
create index on cdm.condition_occurrence (condition_concept_id, person_id, condition_start_date);
create index on cdm.drug_exposure (person_id);
create index on cdm.drug_exposure (drug_concept_id, person_id, drug_exposure_start_date);
create index on cdm.procedure_occurrence (person_id);
create index on cdm.procedure_occurrence (procedure_concept_id, person_id, procedure_date);
create index on cdm.device_exposure (person_id);
create index on cdm.device_exposure (device_concept_id, person_id, device_exposure_start_date);
create index on cdm.measurement (person_id);
create index on cdm.measurement
	(measurement_concept_id, person_id, measurement_date) include (value_as_number);
create index on cdm.observation (person_id);
create index on cdm.observation (observation_concept_id, person_id, observation_date);
create index on cdm.specimen (person_id);
create index on cdm.specimen (specimen_concept_id, person_id, specimen_date);
create index on cdm.death (person_id, death_date);
create index on cdm.condition_era (person_id);
create index on cdm.condition_era (condition_concept_id, person_id, condition_era_start_date);
create index on cdm.drug_era (person_id);
create index on cdm.drug_era (drug_concept_id, person_id, drug_era_start_date);
create index on cdm.concept (concept_id);
create index on cdm.concept_relationship (concept_id_1);
create index on cdm.concept_ancestor (ancestor_concept_id, descendant_concept_id);
create index on cdm.concept_ancestor (descendant_concept_id);
create index on research.opt_out (person_id);
