using AuthSidecar.Administration.Pages.Me;

namespace AuthSidecar.Tests.Administration.Pages;

public sealed class DecisionStepsTests
{
    [Fact]
    public void ARefusal_ShowsTheReachedSteps_NamesItsOwn_AndFoldsTheRest()
    {
        var steps = DecisionSteps.Of([new("a", "path", "passed"), new("b", "`x` of it", "refused"), new("c", "model", "not_reached")]);

        Assert.Equal("Refused at the step “x of it”.", steps.Summary);
        Assert.Equal(["Path: Passed", "x of it: Refused here"], steps.Reached.Select(step => $"{step.Name}: {step.Word}"));
        Assert.Equal(["Model: Not reached"], steps.Others.Select(step => $"{step.Name}: {step.Word}"));
        Assert.Equal("1 step that was not reached", steps.OthersTitle);
    }

    [Fact]
    public void ARefusal_AtOneOfSeveralSteps_NamesThem()
    {
        var steps = DecisionSteps.Of([
            new("a", "path", "passed"),
            new("b", "budget", "refused_here_or_elsewhere"),
            new("c", "model", "unknown"),
            new("d", "reservation", "refused_here_or_elsewhere"),
        ]);

        Assert.Equal("Refused at one of these steps: “Budget”, “Reservation”.", steps.Summary);
        Assert.Equal(["Path", "Budget", "Reservation"], steps.Reached.Select(step => step.Name));
        Assert.Equal("1 other step", steps.OthersTitle);
    }

    [Fact]
    public void AnAllowedRequest_FoldsAllSteps()
    {
        var steps = DecisionSteps.Of([new("a", "path", "passed"), new("b", "model", "passed")]);

        Assert.Equal(("The request passed all of them.", 0, 2), (steps.Summary, steps.Reached.Count, steps.Others.Count));
        Assert.Equal("all 2 steps", steps.OthersTitle);
    }
}
