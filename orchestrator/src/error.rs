//! Why a run could not even begin.
