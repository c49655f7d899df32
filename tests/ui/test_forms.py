"""Every message of a form is tied to its control and nothing is said by colour alone (ux.md §2.3)."""

from __future__ import annotations

from django import forms


class Sample(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="Where answers go.")
    nick = forms.CharField(required=False, widget=forms.TextInput(attrs={"class": "short", "placeholder": "Nick"}))
    loud = forms.BooleanField(required=False, label="Ring loudly")
    mode = forms.ChoiceField(choices=[("a", "Take turns"), ("b", "From the top")], widget=forms.RadioSelect)
    key = forms.CharField(widget=forms.HiddenInput, required=False)


def test_a_wrong_field_says_so_to_those_who_listen():
    html = str(Sample({"email": "nobody", "mode": "a"}))
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'id="id_email_error"' in html
    assert 'id="id_email_helptext"' in html


def test_the_summary_names_each_wrong_field_and_leads_to_it():
    html = str(Sample({"email": "nobody"}))
    assert '<div class="notice bad" role="alert" tabindex="-1">' in html
    assert '<a href="#id_email" data-turbo="false">E-mail: Enter a valid email address.</a>' in html
    assert 'href="#id_mode' in html


def test_a_form_without_mistakes_has_no_summary():
    assert "memo-errors" not in str(Sample())


def test_controls_get_their_class_and_keep_their_own():
    html = str(Sample())
    assert 'class="input short"' in html
    assert html.count('class="tick"') == 3
    assert 'type="hidden" name="key"' in html


def test_a_placeholder_that_repeats_the_label_is_left_out():
    assert "placeholder" not in str(Sample())


def test_choices_stand_in_a_named_group_and_optional_fields_say_so():
    html = str(Sample())
    assert "<fieldset" in html
    assert "<legend>Mode</legend>" in html
    assert '<label for="id_nick">Nick <span class="optional">(optional)</span></label>' in html


def test_hostile_input_stays_text():
    html = str(Sample({"email": '"><script>alert(1)</script>', "mode": "<i>"}))
    assert "<script" not in html
    assert "<i>" not in html
