"""The operator's own rows. Staff meet only their accounts'; superusers meet all.

Nothing here that names an identity (public ids, a source's app, a token's reach) changes once made:
clients and sessions depend on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import AnonymousUser, Group, User
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts import embeds
from accounts.access import accounts_for, apps_for
from accounts.models import Account, ApiToken, App, EmbedLink, Membership, Scope, Source
from accounts.poll_urls import check_poll_url
from accounts.senders import SENDING
from accounts.token_use import uses

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
    PeopleAdmin = UserAdmin[User]
else:
    # Generic only to the type checker.
    ModelAdmin, ModelForm, PeopleAdmin = admin.ModelAdmin, forms.ModelForm, UserAdmin


def visible(model: type[Model], user: User | AnonymousUser) -> QuerySet[Any]:
    """The rows of one of this app's models that `user` may meet, in lists, forms and choices alike."""
    if model is Account:
        return accounts_for(user)
    if model is App:
        return apps_for(user)
    if model in (Source, EmbedLink):
        return model._default_manager.filter(app__in=apps_for(user))
    return model._default_manager.filter(account__in=accounts_for(user))


class OwnRowsAdmin(ModelAdmin):
    # Set once, when a row is made.
    fixed: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return visible(self.model, request.user).order_by(*self.get_ordering(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), *(self.fixed if obj else ()))

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        for model in (Account, App, Source):
            if db_field.related_model is model:
                kwargs["queryset"] = visible(model, request.user).order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Account)
class AccountAdmin(OwnRowsAdmin):
    list_display = ("name", "public_id", "created_at")
    search_fields = ("name", "public_id")
    fixed = ("public_id",)


@admin.register(App)
class AppAdmin(OwnRowsAdmin):
    list_display = ("name", "public_id", "account", "retention_days", "created_at")
    list_select_related = ("account",)
    search_fields = ("name", "public_id")
    fixed = ("public_id", "account")


class SourceForm(ModelForm):
    def clean_name(self) -> str:
        # The constraint covers the app, which the form of an existing source does not hold: Django skips it.
        name: str = self.cleaned_data["name"]
        namesakes = Source.objects.filter(app=self.instance.app_id, name=name).exclude(pk=self.instance.pk)
        if self.instance.pk and namesakes.exists():
            raise ValidationError("The app has another source of this name.")
        return name

    def clean_poll_url(self) -> str:
        url: str = self.cleaned_data["poll_url"]
        if url:
            check_poll_url(url)
        return url


@admin.register(Source)
class SourceAdmin(OwnRowsAdmin):
    form = SourceForm
    list_display = ("name", "app", "kind", "heartbeats", "counts_viewers", "last_poll_error")
    list_select_related = ("app",)
    list_filter = ("kind",)
    search_fields = ("name",)
    fixed = ("app", "kind")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        fields = super().get_readonly_fields(request, obj)
        # Whoever sets it makes this server fetch an address of the inside.
        return fields if _is_superuser(request) else (*fields, "poll_url")

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        # Sessions hold no foreign key to their source: one that ever reported anything must stay.
        spoke = obj is not None and (obj.last_event_ms is not None or obj.last_poll_ms is not None)
        return not spoke and super().has_delete_permission(request, obj)


class ApiTokenForm(ModelForm):
    scopes = forms.MultipleChoiceField(choices=Scope.choices, widget=forms.CheckboxSelectMultiple)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        account, app, source = (cleaned.get(name) for name in ("account", "app", "source"))
        if app and account and app.account_id != account.pk:
            raise ValidationError({"app": "This app belongs to another account."})
        if source and (app is None or source.app_id != app.pk):
            raise ValidationError({"source": "Choose the app that this source belongs to, too."})
        if source is None and SENDING & set(cleaned.get("scopes", ())):
            raise ValidationError({"source": "A token that sends events needs the source they belong to."})
        return cleaned


@admin.register(ApiToken)
class ApiTokenAdmin(OwnRowsAdmin):
    list_display = ("__str__", "hint", "account", "app", "source", "scopes", "last_used_at", "revoked_at")
    list_select_related = ("account", "app", "source")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("name", "hint")
    readonly_fields = ("hint", "created_at", "last_used_at", "revoked_at")
    fixed = ("account", "app", "source", "scopes")
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("name", *self.fixed, *(self.readonly_fields if obj else ()))

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        # What is checked across fields is said when a token is made; afterwards only its name changes.
        return super().get_form(request, obj, change, form=ModelForm if change else ApiTokenForm, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        issued, secret = ApiToken.issue(**{name: getattr(obj, name) for name in self.get_fields(request)})
        obj.pk, obj.hash, obj.hint = issued.pk, issued.hash, issued.hint
        # For the answer to this very request: nothing else may hold it.
        request.issued_secret = secret  # type: ignore[attr-defined]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # There is one way on from here: the page that shows the secret.
        only_save = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().add_view(request, form_url, {**only_save, **(extra_context or {})})

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The secret, once. In the answer itself: a message would keep it in a cookie until it is read."""
        secret: str = request.issued_secret  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": "Copy this token now",
            "subtitle": str(obj),
            "opts": self.opts,
            "token": obj,
            "secret": secret,
            "uses": uses(obj, secret, request.build_absolute_uri("/").rstrip("/")),
        }
        response = TemplateResponse(request, "admin/turnout/new_token.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.action(description="Revoke the selected tokens", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        count = queryset.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
        self.message_user(request, f"Revoked {count} tokens.", messages.SUCCESS)


@admin.register(EmbedLink)
class EmbedLinkAdmin(OwnRowsAdmin):
    """Links are made on the map page; here they are found, and revoked."""

    list_display = ("__str__", "stream_key", "app", "created_by", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("app", "created_by")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("name", "stream_key")
    ordering = ("-created_at",)
    fields = ("name", "app", "stream_key", "created_by", "created_at", "last_used_at", "revoked_at")
    readonly_fields = fields[1:]
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Revoke the selected links", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[EmbedLink]) -> None:
        count = embeds.revoke(queryset, timezone.now())
        self.message_user(request, f"Revoked {count} links.", messages.SUCCESS)


class SuperusersWrite(ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return _is_superuser(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return _is_superuser(request) and super().has_delete_permission(request, obj)


@admin.register(Membership)
class MembershipAdmin(SuperusersWrite, OwnRowsAdmin):
    """Who belongs where is for superusers to say: a member could let anybody in."""

    list_display = ("user", "account")
    list_select_related = ("user", "account")
    search_fields = ("user__username", "account__name")
    autocomplete_fields = ("user",)


# Importing Django's own module registers its admin of users and groups, which knows no accounts.
admin.site.unregister((User, Group))


@admin.register(User)
class PersonAdmin(SuperusersWrite, PeopleAdmin):
    """People may belong to several accounts: only superusers see the list."""

    def has_view_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return _is_superuser(request) and super().has_view_permission(request, obj)


@admin.register(Group)
class PermissionGroupAdmin(SuperusersWrite, GroupAdmin):
    """Sets of permissions to give to staff; they name no account."""


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_superuser)
