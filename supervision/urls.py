from django.urls import path

from supervision.views import policy_simulation

app_name = "supervision"
urlpatterns = [
    path("simulations/of/<int:draft_pk>/", policy_simulation.simulation_create, name="simulation_create"),
    path("simulations/<int:pk>/", policy_simulation.simulation_detail, name="simulation"),
    path(
        "simulations/<int:pk>/progress/",
        policy_simulation.simulation_progress,
        name="simulation_progress",
    ),
]
