/** What a target does with what it is sent; `away`: nobody is there. */
export type Mood = "well" | "away" | "silent" | "refuses" | "cuts";
