// A report as REST answers it, in the form that the live session's `report` message has, which is what the card shows.

const MOST_CROPS = 3; // of one condition, as in a live report

/** `report`: an upload's answer, or GET /reports/{id}. */
export function asReport(report) {
  const { width, height } = report.quality.measures;
  return {
    report_id: report.report_id,
    kept: report.kept,
    date: report.date,
    source: report.data.request_type === "upload" ? "upload" : "camera",
    size: width && height ? { width: Math.round(width), height: Math.round(height) } : null,
    quality: report.quality,
    pictures: { processed: report.processed_image_url },
    pictures_expire_at: report.links_expire_at,
    conditions: Object.fromEntries(Object.entries(report.detections).map(([name, found]) => [name, summary(found)])),
    receipts: Object.fromEntries(Object.entries(report.detections).map(([name, found]) => [name, receipt(found)])),
    notice: report.notice,
  };
}

function summary(found) {
  return {
    count: found.count,
    severity: found.severity === null ? null : { grade: found.severity_grade, label: found.severity },
    score: found.score === null ? null : { value: found.score, low: found.score_low, high: found.score_high },
    status: found.status,
    ...(found.reason === null ? {} : { reason: found.reason }),
  };
}

function receipt({ detector, measures, details }) {
  const surest = details.filter((detail) => detail.crop_url).sort((a, b) => b.confidence - a.confidence);
  return { detector: { name: detector }, measures, crops: surest.slice(0, MOST_CROPS).map((detail) => detail.crop_url) };
}
