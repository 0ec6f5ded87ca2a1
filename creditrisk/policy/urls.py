from django.urls import path

from creditrisk.policy.views import drafts, reading, versions

app_name = "policy"
urlpatterns = [
    path("", reading.current, name="current"),
    path("versions/", versions.versions, name="versions"),
    path("versions/<int:number>/", reading.version, name="version"),
    path("versions/<int:old>/compare/<int:new>/", versions.compare, name="compare"),
    path("drafts/", drafts.drafts, name="drafts"),
    path("drafts/new/", drafts.draft_create, name="draft_create"),
    path("drafts/<int:pk>/", drafts.draft, name="draft"),
    path("drafts/<int:pk>/edit/", drafts.draft_edit, name="draft_edit"),
    path("drafts/<int:pk>/rules/", reading.draft, name="draft_rules"),
    path("drafts/<int:pk>/discard/", drafts.draft_discard, name="draft_discard"),
    path("drafts/<int:pk>/rebase/", drafts.draft_rebase, name="draft_rebase"),
    path("drafts/<int:pk>/publish/", drafts.draft_publish, name="draft_publish"),
]
