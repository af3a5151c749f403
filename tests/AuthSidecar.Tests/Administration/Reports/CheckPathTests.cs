using System.Text.RegularExpressions;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Decisions.Steps;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Tests.Platform.Configuration;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Administration.Reports;

/// <summary>The explanation of a decision agrees with the steps.</summary>
public partial class CheckPathTests
{
    private static readonly Readme _sidecar = new("src", "AuthSidecar", "README.md");

    /// <summary>Another test compares that table with the list of steps and with the denials in their sources.</summary>
    [Fact]
    public void Steps_AreThoseOfTheReadme() =>
        Assert.Equal(
            Readme
                .Rows(_sidecar.Tables("A request's path through the files")[0])
                .Where(row => row[2].EndsWith("Step.cs`", StringComparison.Ordinal))
                .Select(row =>
                    $"{row[1]}: {string.Join(' ', Quoted().Matches(row[3]).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal))}"
                ),
            CheckPath.Steps.Select(step => $"{step.What}: {string.Join(' ', step.Reasons.Order(StringComparer.Ordinal))}")
        );

    [Fact]
    public void Steps_AreNamedAsInThePipeline()
    {
        using var host = SidecarHost.Build(
            FixedSettings.Of(new() { DataDirectory = Path.Combine(Path.GetTempPath(), "none") }),
            new([new Secret("a pepper for tests")])
        );

        Assert.Equal(
            CheckSteps.Create(host.Services).Select(step => (step.Name, step.RunsForPublic)),
            CheckPath.Steps.Select(step => (step.Name, step.RunsForPublic))
        );
    }

    [Fact]
    public void EveryRefusal_ArisesSomewhere() =>
        Assert.All(Denials.All.Where(denial => denial != Denials.InternalError), denial =>
            Assert.Contains(CheckPath.Steps, step => step.Reasons.Contains(denial.Reason))
        );

    [Theory]
    [InlineData("rate_limited", "rate_limit")]
    [InlineData("no_policy", "policy")]
    [InlineData("invalid_upgrade", "classify")]
    [InlineData("too_many_sockets", "socket_lease")]
    [InlineData("rate_limited_tokens", "token_limit")]
    [InlineData("too_many_parallel", "parallel_limit")]
    public void RefusalOfOneStep_IsAttributedToIt(string reason, string step)
    {
        var steps = StepOutcome.Of(Denied(reason), isPublic: false);
        var index = steps.Select(outcome => outcome.Step).ToList().IndexOf(step);

        Assert.All(steps.Take(index), outcome => Assert.Equal("passed", outcome.Result));
        Assert.Equal("refused", steps[index].Result);
        Assert.All(steps.Skip(index + 1), outcome => Assert.Equal("not_reached", outcome.Result));
    }

    /// <summary>Facts in the row prove that earlier steps have passed.</summary>
    [Theory]
    [InlineData("", "", "authenticate stream_duration")]
    [InlineData("k", "", "stream_duration")]
    public void RefusalOfSeveralSteps_IsNarrowedByTheRow(string key, string app, string possible) =>
        Assert.Equal(possible, Possible(Denied("token_expired", key, app)));

    /// <summary>Denied credentials whose secret was right have a caller in their row.</summary>
    [Theory]
    [InlineData("token_revoked", "RevokedKey")]
    [InlineData("token_expired", "ExpiredKey")]
    [InlineData("invalid_token", "InactiveUser")]
    public void DeniedCredentialOfAKnownCaller_IsOfAuthentication(string reason, string detail)
    {
        var row = Denied(reason, "k");
        row.Detail = detail;

        Assert.Equal("authenticate", Possible(row));
        Assert.Equal("refused", StepOutcome.Of(row, isPublic: false).Single(step => step.Step == "authenticate").Result);
    }

    [Theory]
    [InlineData("", "", "authenticate budget own_credential app membership app_authorization assertion budget_reservation")]
    [InlineData("k", "", "budget own_credential app membership app_authorization assertion budget_reservation")]
    [InlineData("k", "a", "app membership app_authorization assertion budget_reservation")]
    public void OutageOfTheStore_IsNarrowedToo(string key, string app, string possible) =>
        Assert.Equal(possible, Possible(Denied("store_unavailable", key, app)));

    [Fact]
    public void InternalError_IsPossibleInEveryLaterStep()
    {
        var steps = StepOutcome.Of(Denied("internal_error", "k"), isPublic: false);

        Assert.Equal("passed", steps.Single(step => step.Step == "authenticate").Result);
        Assert.All(steps.SkipWhile(step => step.Step != "subject_type"), step => Assert.Equal("refused_here_or_elsewhere", step.Result));
    }

    [Fact]
    public void ReasonOfALaterVersion_NamesNoStep() =>
        Assert.All(StepOutcome.Of(Denied("made_up"), isPublic: false), step => Assert.Equal("unknown", step.Result));

    [Fact]
    public void PublicPolicy_LeavesStepsOut()
    {
        var steps = StepOutcome.Of(
            new()
            {
                DecisionId = "d",
                Decision = "allow",
                Reason = "",
                Policy = "p",
            },
            isPublic: true
        );

        Assert.Equal(
            [
                "request_id",
                "path",
                "classify",
                "policy",
                "endpoint",
                "path_token",
                "stream_duration",
                "upstream_credential",
                "websocket_key",
            ],
            steps.Where(step => step.Result == "passed").Select(step => step.Step)
        );
        Assert.All(steps, step => Assert.Contains(step.Result, new[] { "passed", "skipped" }));
    }

    private static string Possible(UsageRow row) =>
        string.Join(
            ' ',
            StepOutcome
                .Of(row, isPublic: false)
                .Where(step => step.Result.StartsWith("refused", StringComparison.Ordinal))
                .Select(step => step.Step)
        );

    private static UsageRow Denied(string reason, string key = "", string app = "") =>
        new()
        {
            DecisionId = "d",
            Decision = "deny",
            Reason = reason,
            KeyId = key,
            App = app,
        };

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
