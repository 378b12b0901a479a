def report(network, plan, facts):
    return "<html></html>"
