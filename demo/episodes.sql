-- episodes.sql - what happens between the visits of generate.sql, days apart, so that questions of "within 30 days" have
-- something to find: controls after a new drug, acute kidney injury, readmissions, courses of chemotherapy, bleeding
-- under painkillers, care before a birth. Read by generate.sql, which has the table `patient` and what it uses.
--
-- Each of them is a visit of its own, numbered after those of generate.sql: 4000000000000 + person * 16 + slot, or by
-- the row that it follows. No record lies after the end of observation.

-- Slots: 0 control of sugar; 1, 2 kidney injury and the day or two after; 3 to 6 chemotherapy; 7 pregnancy.
create temp table episode as
select id, slot, day, kind, h, what, 4000000000000 + id * 16 + slot as visit
from (
	-- three in four who begin metformin come 90 to 170 days later to see whether it works
	select id, 0 as slot, 9202 as kind, h, o_poor as what, seen + 90 + (h >> 8)::int % 80 as day, until
	from (select *, gen.day(first, last, n, id, k_dm, :key) as seen, hashint8extended(id, :key + 30) & 1048575 as h,
		least(5386, coalesce(died, 5386), last + 180) as until
		from patient where k_dm is not null and gen.d16(hd2, 0) < case when k_ckd is null then 12 else 5 end offset 0) p
	where h & 3 < 3
	union all
	-- acute kidney injury, more often in failing hearts and kidneys
	select id, 1 + step, case step when 0 then 9203 else 9201 end, h, case when k_ckd is null then 0 else 1 end,
		start + step * (2 + (h >> 14)::int % 4), until
	from (select *, first + 30 + (h >> 4)::int % greatest(1, last - first) as start
		from (select *, hashint8extended(id, :key + 31) & 1048575 as h,
			least(5386, coalesce(died, 5386), last + 180) as until
			from patient where born < -6574 offset 0) p
		where h & 255 < case when k_ckd is not null then 30 when k_hf is not null then 20 when born < -16000 then 5 else 1 end
		offset 0) p,
	generate_series(0, 1) as step
	union all
	-- chemotherapy: four courses, three weeks apart, begun two to twelve weeks after the tumour was found
	select id, 3 + course, 9202, h, drug, found + 14 + (h >> 4)::int % 70 + 21 * course, until
	from (select *, gen.day(first, last, n, id, k_ca, :key) as found, hashint8extended(id, :key + 32) & 1048575 as h,
		case ca when 443388 then 1397599 when 4112853 then 1378382 when 4180790 then 955632 when 443387 then 955632 end as drug,
		least(5386, coalesce(died, 5386), last + 180) as until
		from patient where k_ca is not null offset 0) p,
	generate_series(0, 3) as course
	where drug is not null and h & 15 < 10
	union all
	-- the record that a woman is pregnant, months before she gives birth
	select id, 7, 9202, h, 0, birth - 60 - (h >> 4)::int % 90, until
	from (select *, gen.day(first, last, n, id, k_del, :key) as birth, hashint8extended(id, :key + 33) & 1048575 as h,
		least(5386, coalesce(died, 5386), last + 180) as until
		from patient where k_del is not null offset 0) p
	where birth - 150 >= first) e
where day <= until;

insert into cdm.visit_occurrence (visit_occurrence_id, person_id, visit_concept_id, visit_start_date,
	visit_end_date, visit_type_concept_id, care_site_id)
select visit, e.id, kind, :d0 day, :d0 case when kind = 9201
	then least(day + 3 + (h >> 16)::int % 6, greatest(day, coalesce(died, 5386))) else day end, 32817, 1
from episode e join patient p on p.id = e.id;

-- HbA1c falls by 1.5 in those who keep to it; creatinine is two to four times what it should be.
insert into cdm.measurement (measurement_id, person_id, measurement_concept_id, measurement_date,
	measurement_type_concept_id, value_as_number, unit_concept_id, visit_occurrence_id)
select visit, id, case slot when 0 then 3004410 else 3016723 end, :d0 day, 32817,
	case slot when 0 then (case when what & 3 = 0 then 80 else 66 end + (h >> 12)::int % 16) * 0.1
		else (160 + what * 80 + (h >> 9)::int % 150 - case slot when 2 then 20 else 0 end) * 0.01 end,
	case slot when 0 then 8554 else 8840 end, visit
from episode where slot < 3;

-- two in three kidney injuries are written down as such
insert into cdm.condition_occurrence (condition_occurrence_id, person_id, condition_concept_id,
	condition_start_date, condition_end_date, condition_type_concept_id, visit_occurrence_id, condition_source_value)
select visit, id, case slot when 7 then 4299535 else 197320 end, :d0 day,
	:d0 case slot when 7 then day else day + 5 + (h >> 10)::int % 9 end, 32817, visit,
	case slot when 7 then 'Z33' else 'N17.9' end
from episode where slot = 7 or slot = 2 and h % 3 > 0;

insert into cdm.drug_exposure (drug_exposure_id, person_id, drug_concept_id, drug_exposure_start_date,
	drug_exposure_end_date, drug_type_concept_id, days_supply, visit_occurrence_id)
select visit, id, what, :d0 day, :d0 day, 32817, 1, visit from episode where slot between 3 and 6;

-- One stay in six is followed by another within six weeks, for pneumonia or a failing heart.
create temp table again as
select 5000000000000 + v.visit_occurrence_id as visit, v.person_id, p.died, k_hf,
	v.visit_end_date + 3 + (h >> 4)::int % 40 as day, h
from (select *, hashint8extended(visit_occurrence_id, :key + 34) & 1048575 as h
	from cdm.visit_occurrence where visit_concept_id = 9201 and visit_occurrence_id < 4000000000000 offset 0) v
join patient p on p.id = v.person_id
where h % 6 = 0 and v.visit_end_date + 3 + (h >> 4)::int % 40
	<= :d0 least(5386, coalesce(died, 5386), last + 180);
insert into cdm.visit_occurrence (visit_occurrence_id, person_id, visit_concept_id, visit_start_date,
	visit_end_date, visit_type_concept_id, care_site_id)
select visit, person_id, 9201, day, least(day + 2 + (h >> 12)::int % 9, :d0 coalesce(died, 5386)), 32817, 1 from again;
insert into cdm.condition_occurrence (condition_occurrence_id, person_id, condition_concept_id,
	condition_start_date, condition_type_concept_id, visit_occurrence_id, condition_source_value)
select visit, person_id, case when k_hf is null then 255848 else 316139 end, day, 32817, visit,
	case when k_hf is null then 'J18.9' else 'I50.9' end
from again;

-- Bleeding of the gut: in one of eighty courses of a painkiller, soon after it began, as an emergency.
create temp table bleeding as
select 6000000000000 + drug_exposure_id as visit, person_id, drug_exposure_start_date + 2 + (h >> 8)::int % 35 as day
from (select *, hashint8extended(drug_exposure_id, :key + 35) & 1048575 as h from cdm.drug_exposure
	where drug_concept_id in (1177480, 1118084) offset 0) d
join patient p on p.id = person_id
where h % 80 = 0 and drug_exposure_start_date + 2 + (h >> 8)::int % 35
	<= :d0 least(5386, coalesce(died, 5386), last + 180);
insert into cdm.visit_occurrence (visit_occurrence_id, person_id, visit_concept_id, visit_start_date,
	visit_end_date, visit_type_concept_id, care_site_id)
select visit, person_id, 9203, day, day, 32817, 1 from bleeding;
insert into cdm.condition_occurrence (condition_occurrence_id, person_id, condition_concept_id,
	condition_start_date, condition_end_date, condition_type_concept_id, visit_occurrence_id, condition_source_value)
select visit, person_id, 192671, day, day + 6, 32817, visit, 'K92.2' from bleeding;

drop table episode, again, bleeding;
