#!/bin/bash
# The whole REST service with nothing but curl, against a running server:
#
#   make run                                   # in another terminal
#   docs/curl-session.sh face.jpg              # one frontal face, 600 pixels or more across
#
# BASE is the server's address, USER_ID the account that is made and deleted again.
set -euo pipefail
PICTURE=${1:?usage: docs/curl-session.sh PICTURE}
BASE=${BASE:-http://localhost:8000}
USER_ID=${USER_ID:-amira-$RANDOM$RANDOM}
PASSWORD=${PASSWORD:-correct horse battery staple}

call() { curl --silent --show-error --fail-with-body "$@"; }
field() { grep -o "\"$1\":\"[^\"]*\"" | sed -n 1p | cut -d'"' -f4; } # the first string of that name in a JSON answer
say() { printf '\n\n== %s\n' "$*"; }
json=(-H 'Content-Type: application/json')

say "is it ready?"
call "$BASE/readyz"

say "a guest: analysed, answered, nothing kept"
call "$BASE/upload-image/" -F "file=@$PICTURE" -F user_id=default_user -o guest.json
field message < guest.json

say "an account, with consent to keeping pictures and results"
call "$BASE/signup/" "${json[@]}" -d "{\"user_id\":\"$USER_ID\",\"password\":\"$PASSWORD\",\"name\":\"Amira\",\"consent\":true}" -o signup.json
field user_id < signup.json

say "log in"
call "$BASE/login/" "${json[@]}" -d "{\"user_id\":\"$USER_ID\",\"password\":\"$PASSWORD\"}" -o login.json
TOKEN=$(field access_token < login.json)
REFRESH=$(field refresh_token < login.json)
me=(-H "Authorization: Bearer $TOKEN")

say "profile"
call "$BASE/profile/" "${me[@]}"

say "a picture"
call "$BASE/upload-image/" "${me[@]}" -H "Idempotency-Key: morning-1" -F "file=@$PICTURE" -F name=morning -F "user_id=$USER_ID" -o upload.json
field message < upload.json
FIRST=$(field report_id < upload.json)

say "the same request again: the same report"
call "$BASE/upload-image/" "${me[@]}" -H "Idempotency-Key: morning-1" -F "file=@$PICTURE" -F name=morning -F "user_id=$USER_ID" | field report_id

say "its pictures open with a plain GET"
call "$(field processed_image_url < upload.json)" -o processed.jpg
call "$(field face_image_url < upload.json)" -o face.jpg
ls -l processed.jpg face.jpg

say "a camera frame, saved"
printf '{"frame":"%s","save":true}' "$(base64 -w0 "$PICTURE")" > frame.json
call "$BASE/camera-stream/" "${me[@]}" "${json[@]}" -d @frame.json -o camera.json
field report_id < camera.json

say "the way to an answer, as events"
call -N "$BASE/upload-image/" "${me[@]}" -H 'Accept: text/event-stream' -F "file=@$PICTURE" | grep -o '^event: .*\|"stage":"[^"]*"'

say "reports, newest first"
call "$BASE/reports/?limit=2" "${me[@]}" | grep -o '"report_id":"[^"]*"'

say "one report"
call "$BASE/reports/$FIRST" "${me[@]}" | field message

say "progress, and its plot"
call "$BASE/progress/?user_id=$USER_ID" "${me[@]}" -o progress.json
call "$(field progress_plot_url < progress.json)" -o progress.png
call "$(field progress_plot_url < progress.json)&theme=dark&form=svg" -o progress.svg
ls -l progress.png progress.svg

say "the two newest side by side"
call "$BASE/progress-compare/" "${me[@]}" | grep -o '"changes":.*'

say "ICE servers for live video"
call "$BASE/ice-servers" "${me[@]}"

say "a fresh token"
call "$BASE/token/refresh/" "${json[@]}" -d "{\"refresh_token\":\"$REFRESH\"}" -o refresh.json
me=(-H "Authorization: Bearer $(field access_token < refresh.json)")

say "everything about me, as a zip"
call "$BASE/account/export" "${me[@]}" -o export.zip
ls -l export.zip

say "products, for anybody: by what people call a condition, with a typing error, in Arabic"
for query in pimples 'retinl serum' 'هالات'; do
  call -G "$BASE/product-search/" --data-urlencode "query=$query" -o products.json
  field message < products.json
done

say "log out: the token is worth nothing any more"
call -X POST "$BASE/logout/" "${me[@]}"
curl --silent -o /dev/null -w ' -> %{http_code}\n' "$BASE/profile/" "${me[@]}"

say "everything about me, gone"
call "$BASE/login/" "${json[@]}" -d "{\"user_id\":\"$USER_ID\",\"password\":\"$PASSWORD\"}" -o login.json
me=(-H "Authorization: Bearer $(field access_token < login.json)")
call -X DELETE "$BASE/account/" "${me[@]}" "${json[@]}" -d "{\"password\":\"$PASSWORD\"}"
curl --silent -o /dev/null -w ' -> %{http_code}\n' "$BASE/profile/" "${me[@]}"

say "for machines"
call "$BASE/healthz"
call "$BASE/openapi.json" -o openapi.json
call "$BASE/metrics" | grep -c '^dermaassist_'
call "$BASE/docs" -o docs.html
say "done"
