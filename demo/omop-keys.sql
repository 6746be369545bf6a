-- omop-keys.sql - what holds every row of a patient to a row of cdm.person, as the common data model's own foreign keys
-- do. After omop-index.sql. Where they are there, counting events need not look people up; where rows name people
-- who are not there, making them fails, and nothing depends on them.
alter table cdm.observation_period add foreign key (person_id) references cdm.person (person_id);
alter table cdm.visit_occurrence add foreign key (person_id) references cdm.person (person_id);
alter table cdm.visit_detail add foreign key (person_id) references cdm.person (person_id);
alter table cdm.condition_occurrence add foreign key (person_id) references cdm.person (person_id);
alter table cdm.drug_exposure add foreign key (person_id) references cdm.person (person_id);
alter table cdm.procedure_occurrence add foreign key (person_id) references cdm.person (person_id);
alter table cdm.device_exposure add foreign key (person_id) references cdm.person (person_id);
alter table cdm.measurement add foreign key (person_id) references cdm.person (person_id);
alter table cdm.observation add foreign key (person_id) references cdm.person (person_id);
alter table cdm.specimen add foreign key (person_id) references cdm.person (person_id);
alter table cdm.death add foreign key (person_id) references cdm.person (person_id);
alter table cdm.condition_era add foreign key (person_id) references cdm.person (person_id);
alter table cdm.drug_era add foreign key (person_id) references cdm.person (person_id);
