select m.person_id, m.measurement_date, m.value_as_number
from   cdm.measurement m
where  m.measurement_concept_id = 3004410
and    m.measurement_date between :from and :to
