// Health scores are 1 to 100; 0 is the API's word for "no data".

export const LEVELS = [
  { name: "good", atLeast: 80, label: "Good" },
  { name: "fair", atLeast: 50, label: "Fair" },
  { name: "poor", atLeast: 1, label: "Poor" },
  { name: "none", atLeast: 0, label: "No data" },
];

export const level = (score) => LEVELS.find(({ atLeast }) => (score || 0) >= atLeast) ?? LEVELS[3];

export const describe = (score) => {
  const { name, label } = level(score);
  return name === "none" ? label : `${Math.round(score)} of 100, ${label.toLowerCase()}`;
};
