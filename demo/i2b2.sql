-- i2b2.sql - the tables of the i2b2 star schema that models speak of, with their main columns, and invented facts in
-- them; policies/models/i2b2.yaml says what they mean. The same for the same `patients`.
--
--   psql -1 -v patients=1000 -f i2b2.sql
\if :{?patients} \else \set patients 1000 \endif
create schema i2b2demodata;
set search_path = i2b2demodata, pg_catalog;
create table patient_dimension (
	patient_num int4 primary key, vital_status_cd varchar(50), birth_date timestamp, death_date timestamp,
	sex_cd varchar(50), age_in_years_num int4, race_cd varchar(50), zip_cd varchar(10)
);
create table visit_dimension (
	encounter_num int4, patient_num int4, active_status_cd varchar(50), start_date timestamp, end_date timestamp,
	inout_cd varchar(50), location_cd varchar(50), primary key (encounter_num, patient_num)
);
create table observation_fact (
	encounter_num int4, patient_num int4, concept_cd varchar(50), provider_id varchar(50), start_date timestamp,
	modifier_cd varchar(100) default '@', instance_num int4 default 1, valtype_cd varchar(50), tval_char varchar(255),
	nval_num numeric(18, 5), valueflag_cd varchar(50), quantity_num numeric(18, 5), units_cd varchar(50),
	end_date timestamp, location_cd varchar(50),
	primary key (patient_num, concept_cd, modifier_cd, start_date, encounter_num, instance_num, provider_id)
);
create table concept_dimension (concept_path varchar(700) primary key, concept_cd varchar(50), name_char varchar(2000));

create function i2b2demodata.draw(purpose text, i int8, below int) returns int language sql immutable as
	$$ select (((hashtextextended(purpose, i) % below) + below) % below)::int $$;
insert into patient_dimension
select i, 'N', timestamp '1930-01-01' + draw('born', i, 31000) * interval '1 day', null,
	(array['F', 'M', 'U'])[case when draw('sex0', i, 50) = 0 then 3 else 1 + draw('sex', i, 2) end], null,
	(array['white', 'black', 'asian'])[1 + draw('race', i, 3)], null
from generate_series(1, :patients) i;
insert into visit_dimension
select i * 4 + k, i, null, day, day + interval '1 day' * draw('stay', i * 4 + k, 9),
	(array['O', 'I', 'E'])[1 + draw('inout', i * 4 + k, 3)], null
from generate_series(1, :patients) i, generate_series(0, 3) k,
	lateral (select timestamp '2019-01-01' + draw('day', i * 4 + k, 2500) * interval '1 day') d(day);
insert into observation_fact (encounter_num, patient_num, concept_cd, provider_id, start_date, nval_num, units_cd)
select v.encounter_num, v.patient_num,
	case when draw('lower', v.encounter_num, 5) = 0 then lower(c.code) else c.code end, 'P' || draw('who', v.encounter_num, 9),
	v.start_date, case when c.unit is null then null else (30 + draw('value', v.encounter_num, 90)) / 10.0 end, c.unit
from visit_dimension v, (values (1, 6, 'ICD10CM:E11.9', null), (2, 8, 'ICD10CM:E11.65', null), (3, 5, 'ICD10CM:I10', null),
		(4, 30, 'ICD10CM:B20', null), (5, 3, 'LOINC:4548-4', '%'), (6, 5, 'ATC:A10BA02', null), (7, 40, 'ATC:J05AR10', null),
		(8, 40, 'LOINC:7918-6', 'S/CO')) c(n, one_in, code, unit)
where draw('has' || c.n, v.encounter_num, c.one_in) = 0;
insert into concept_dimension values
	('\i2b2\Diagnoses\Endocrine (E00-E89)\Diabetes (E08-E13)\E11\E11.9\', 'ICD10CM:E11.9', 'Type 2 diabetes without complications'),
	('\i2b2\Diagnoses\Endocrine (E00-E89)\Diabetes (E08-E13)\E11\E11.65\', 'ICD10CM:E11.65', 'Type 2 diabetes with hyperglycaemia'),
	('\i2b2\Diagnoses\Circulatory (I00-I99)\I10\', 'ICD10CM:I10', 'Essential hypertension'),
	('\i2b2\Diagnoses\Infectious (A00-B99)\B20\', 'ICD10CM:B20', 'HIV disease');
drop function i2b2demodata.draw(text, int8, int);
analyze;
